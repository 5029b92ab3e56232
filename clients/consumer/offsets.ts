/**
 * Committed offsets of a group: read and written at its coordinator, which is found again when it
 * has moved.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import { OffsetCommitRequest, OffsetCommitResponse } from "../../protocol/messages/offset-commit.ts"
import { OffsetFetchRequest, OffsetFetchResponse } from "../../protocol/messages/offset-fetch.ts"
import { answerError, KafkaError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import type { Purpose } from "../net/pool.ts"
import { retry } from "../net/retry.ts"
import { groupBy } from "../net/routing.ts"
import { partitionName, type TopicPartition, type TopicPartitionOffset } from "../records.ts"

const OffsetCommit = api(OffsetCommitRequest, OffsetCommitResponse, { maxVersion: 9 })
const OffsetFetch = api(OffsetFetchRequest, OffsetFetchResponse, { maxVersion: 9 })

/** A committed offset: the next one to be read. */
export interface CommittedOffset extends TopicPartitionOffset {
  /** Text stored beside the offset. */
  readonly metadata: string
  /** -1 when not known. */
  readonly leaderEpoch: number
}

/** An offset to be committed. */
export interface OffsetToCommit extends TopicPartitionOffset {
  readonly metadata?: string | undefined
  readonly leaderEpoch?: number | undefined
}

/** Who commits: a member in a generation, or (by default) somebody outside of the group. */
export interface Committer {
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

const OUTSIDER: Committer = { generationId: -1, memberId: "", groupInstanceId: null }

/** The coordinator of one group, remembered until it turns out to be wrong. */
export class GroupCoordinator {
  readonly groupId: string
  readonly #cluster: Cluster
  readonly #purpose: Purpose
  #node: Promise<number> | undefined

  constructor(cluster: Cluster, groupId: string, purpose: Purpose = "group") {
    this.#cluster = cluster
    this.groupId = groupId
    this.#purpose = purpose
  }

  /** Node id of the coordinator. */
  find(): Promise<number> {
    this.#node ??= this.#cluster.findCoordinator(this.groupId).catch((error) => {
      this.#node = undefined
      throw error
    })
    return this.#node
  }

  /** It has moved, or cannot be reached: to be looked up again. */
  forget(): void {
    this.#node = undefined
  }

  /** Notes what an error of a request to the coordinator says about where it is. */
  observe(errorCode: number): void {
    const isElsewhere =
      errorCode === ErrorCode.NOT_COORDINATOR || errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (isElsewhere) this.forget()
  }

  /** Commits offsets; fails with the first partition's error. Retries what may pass. */
  async commit(
    offsets: readonly OffsetToCommit[],
    committer: Committer = OUTSIDER,
    timeoutMs: number = this.#cluster.options.requestTimeoutMs,
  ): Promise<void> {
    if (offsets.length === 0) return
    await this.#retry(timeoutMs, async (target) => {
      const reply = await this.#cluster.call({
        api: OffsetCommit,
        target,
        purpose: this.#purpose,
        value: {
          groupId: this.groupId,
          generationIdOrMemberEpoch: committer.generationId,
          memberId: committer.memberId,
          groupInstanceId: committer.groupInstanceId,
          topics: commitTopics(offsets),
        },
      })
      for (const { name: topic, partitions } of reply.topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          if (errorCode !== ErrorCode.NONE) {
            throw this.#refused(errorCode, "Committing", { topic, partition })
          }
        }
      }
    })
  }

  /** Committed offsets of these partitions, or of all; those without one are left out. */
  fetch(
    partitions: readonly TopicPartition[] | "all",
    options: { readonly requireStable?: boolean; readonly timeoutMs?: number } = {},
  ): Promise<CommittedOffset[]> {
    const timeoutMs = options.timeoutMs ?? this.#cluster.options.requestTimeoutMs
    const topics =
      partitions === "all"
        ? null
        : [...groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
            name,
            partitionIndexes: group.map(({ partition }) => partition),
          }))
    return this.#retry(timeoutMs, async (target) => {
      const requireStable = options.requireStable ?? false
      const reply = await this.#cluster.call({
        api: OffsetFetch,
        target,
        purpose: this.#purpose,
        value: (version) =>
          version >= 8
            ? { groups: [{ groupId: this.groupId, topics }], requireStable }
            : { groupId: this.groupId, topics, requireStable },
      })
      const found = reply.groups[0] ?? reply
      if (found.errorCode !== ErrorCode.NONE) throw this.#refused(found.errorCode, "Offsets")
      return this.#committed(found.topics)
    })
  }

  #committed(topics: FetchedTopics): CommittedOffset[] {
    const committed: CommittedOffset[] = []
    for (const { name: topic, partitions } of topics) {
      for (const found of partitions) {
        const partition = found.partitionIndex
        if (found.errorCode !== ErrorCode.NONE) {
          throw this.#refused(found.errorCode, "Offsets", { topic, partition })
        }
        if (found.committedOffset < 0) continue
        committed.push({
          topic,
          partition,
          offset: found.committedOffset,
          metadata: found.metadata ?? "",
          leaderEpoch: found.committedLeaderEpoch,
        })
      }
    }
    return committed
  }

  /** Runs a request at the coordinator until it succeeds or will not. */
  #retry<T>(timeoutMs: number, attempt: (coordinator: number) => Promise<T>): Promise<T> {
    return retry(async () => {
      try {
        return await attempt(await this.find())
      } catch (error) {
        if (error instanceof KafkaError && isConnectionError(error)) this.forget()
        throw error
      }
    }, this.#cluster.retryOptions(timeoutMs))
  }

  #refused(errorCode: number, what: string, which?: TopicPartition): KafkaError {
    this.observe(errorCode)
    const of = which === undefined ? "" : ` of ${partitionName(which)}`
    return answerError(errorCode, `${what}${of} in group '${this.groupId}'`, {
      ...which,
      retriable: isRetriable(errorCode),
    })
  }
}

type FetchedTopics = OffsetFetchResponse["topics"]

/** Whether an error says that a broker could not be reached or did not answer. */
export function isConnectionError(error: KafkaError): boolean {
  return (
    error.code === "CONNECTION_FAILED" ||
    error.code === "CONNECTION_CLOSED" ||
    error.code === "TIMED_OUT"
  )
}

function commitTopics(offsets: readonly OffsetToCommit[]) {
  return [...groupBy(offsets, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition, offset, metadata, leaderEpoch }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata ?? "",
    })),
  }))
}
