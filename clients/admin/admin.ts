/**
 * Administration: one method per thing that can be done, each for many names at once where the
 * protocol allows. A method fails with the first error of any of the names; what the broker did for
 * the others stays done.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import {
  EARLIEST,
  type IsolationLevel,
  LATEST,
  type ListedOffset,
  listOffsets,
  MAX_TIMESTAMP,
} from "../consumer/list-offsets.ts"
import { type CommittedOffset, GroupCoordinator, type OffsetToCommit } from "../consumer/offsets.ts"
import { answerError, closedError, optionError } from "../errors.ts"
import { Cluster } from "../net/cluster.ts"
import type { TopicInfo } from "../net/metadata.ts"
import type { ClusterOptions } from "../net/options.ts"
import { retry } from "../net/retry.ts"
import type { TopicPartition, TopicPartitionOffset } from "../records.ts"
import { alterConfigs, type ConfigEntry, type ConfigResource, describeConfigs } from "./configs.ts"
import {
  type DescribedGroup,
  deleteGroups,
  describeGroups,
  type ListedGroup,
  listGroups,
} from "./groups.ts"
import { deleteRecords } from "./records.ts"
import { createPartitions, createTopics, deleteTopics, type NewTopic } from "./topics.ts"

/** A topic in a listing. */
export interface ListedTopic {
  readonly name: string
  /** Undefined where the broker has no topic ids. */
  readonly id: string | undefined
  readonly isInternal: boolean
  readonly partitionCount: number
}

/** The brokers of a cluster. */
export interface ClusterDescription {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: readonly {
    readonly id: number
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }[]
}

/** Where in a log: an end of it, the youngest record, or the first with at least a timestamp. */
export type OffsetPlace = "earliest" | "latest" | "max-timestamp" | { readonly timestamp: number }

const places = { earliest: EARLIEST, latest: LATEST, "max-timestamp": MAX_TIMESTAMP }

/** An administrative client. */
export class Admin {
  readonly #cluster: Cluster
  #isClosed = false

  /** Checks the options; connects at the first call. Throws INVALID_OPTION. */
  constructor(options: ClusterOptions) {
    this.#cluster = new Cluster(options)
  }

  /** Brokers, controller and cluster id. */
  async describeCluster(): Promise<ClusterDescription> {
    await this.#refresh([])
    const { clusterId, controllerId, nodes } = this.#cluster.metadata
    const brokers = [...nodes.values()].map(({ id, host, port, rack }) => ({
      id,
      host,
      port,
      rack,
    }))
    return { clusterId, controllerId, brokers: brokers.sort((a, b) => a.id - b.id) }
  }

  /** All topics, sorted by name; `internal` includes those that brokers keep for themselves. */
  async listTopics(options: { readonly internal?: boolean } = {}): Promise<ListedTopic[]> {
    await this.#refresh("all")
    return [...this.#cluster.metadata.topics.values()]
      .filter(({ isInternal, errorCode }) => errorCode === 0 && (options.internal || !isInternal))
      .map(({ name, id, isInternal, partitions }) => ({
        name,
        id,
        isInternal,
        partitionCount: partitions.length,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Partitions with leaders and replicas, in the order of the names. */
  async describeTopics(names: readonly string[]): Promise<TopicInfo[]> {
    await this.#refresh(names)
    return names.map((name) => {
      const info = this.#cluster.metadata.topics.get(name)
      const code = info?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      if (info !== undefined && code === ErrorCode.NONE) return info
      throw answerError(code, `Topic '${name}'`, { topic: name, retriable: false })
    })
  }

  /** Creates topics; resolves when their partitions have leaders. */
  async createTopics(
    topics: readonly NewTopic[],
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<void> {
    this.#checkOpen()
    await createTopics(this.#cluster, topics, options.validateOnly ?? false)
    if (options.validateOnly) return
    await this.#settled(
      () => topics.every(({ name }) => this.#hasLeaders(name)),
      topics.map(({ name }) => name),
    )
  }

  /** Deletes topics; resolves when no broker asked knows them any more. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#checkOpen()
    await deleteTopics(this.#cluster, names)
    const isGone = (name: string) =>
      (this.#cluster.metadata.topics.get(name)?.partitions.length ?? 0) === 0
    await this.#settled(() => names.every(isGone), names)
  }

  /** Raises the number of partitions of a topic to `partitionCount`. */
  async createPartitions(name: string, partitionCount: number): Promise<void> {
    this.#checkOpen()
    await createPartitions(this.#cluster, name, partitionCount)
    const count = () => this.#cluster.metadata.topics.get(name)?.partitions.length ?? 0
    await this.#settled(() => count() >= partitionCount && this.#hasLeaders(name), [name])
  }

  /** Configuration of a topic or a broker. */
  async describeConfigs(resource: ConfigResource): Promise<ConfigEntry[]> {
    this.#checkOpen()
    return describeConfigs(this.#cluster, resource)
  }

  /** Sets configuration values; null goes back to the default. Others stay as they are. */
  async alterConfigs(
    resource: ConfigResource,
    changes: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    this.#checkOpen()
    return alterConfigs(this.#cluster, resource, changes)
  }

  /** Moves the start of partitions forward to these offsets (-1: to their ends). Resolves with the
   *  new starts. */
  async deleteRecords(offsets: readonly TopicPartitionOffset[]): Promise<TopicPartitionOffset[]> {
    this.#checkOpen()
    return deleteRecords(this.#cluster, offsets)
  }

  /** Offsets of a place in each partition, in the order given; -1 where no record is that young. */
  async listOffsets(
    partitions: readonly TopicPartition[],
    place: OffsetPlace,
    options: { readonly isolationLevel?: IsolationLevel } = {},
  ): Promise<ListedOffset[]> {
    this.#checkOpen()
    const timestamp = typeof place === "string" ? places[place] : place.timestamp
    if (!Number.isSafeInteger(timestamp)) {
      throw optionError(`timestamp must be whole milliseconds, not ${String(timestamp)}.`)
    }
    const questions = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
    const isolationLevel = options.isolationLevel ?? "read_uncommitted"
    return listOffsets(this.#cluster, questions, { isolationLevel })
  }

  /** Groups of all brokers. */
  async listGroups(): Promise<ListedGroup[]> {
    await this.#refresh([])
    return listGroups(this.#cluster)
  }

  /** State and members of groups, in the order given; an unknown group is "Dead". */
  async describeGroups(groupIds: readonly string[]): Promise<DescribedGroup[]> {
    this.#checkOpen()
    return describeGroups(this.#cluster, groupIds)
  }

  /** Deletes groups without members, and their offsets. */
  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    this.#checkOpen()
    return deleteGroups(this.#cluster, groupIds)
  }

  /** Committed offsets of a group: of all partitions, or of those given that have one. */
  async fetchGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[] | "all" = "all",
  ): Promise<CommittedOffset[]> {
    this.#checkOpen()
    return new GroupCoordinator(this.#cluster, groupId, "main").fetch(partitions)
  }

  /** Commits offsets for a group that has no members at the moment. */
  async setGroupOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    this.#checkOpen()
    return new GroupCoordinator(this.#cluster, groupId, "main").commit(offsets)
  }

  /** Disconnects; calls under way fail with CLOSED. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cluster.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #refresh(topics: readonly string[] | "all"): Promise<void> {
    this.#checkOpen()
    return retry(() => this.#cluster.refresh(topics), this.#cluster.retryOptions())
  }

  /** Waits until the metadata show a change that has been made: brokers learn of it a little later
   *  than the controller. Gives up silently, since the change itself was confirmed. */
  async #settled(isDone: () => boolean, topics: readonly string[]): Promise<void> {
    const deadlineAt = this.#cluster.clock.monotonicMs() + SETTLE_MS
    for (;;) {
      await this.#refresh(topics)
      if (isDone() || this.#cluster.clock.monotonicMs() >= deadlineAt) return
      await this.#cluster.pause(SETTLE_STEP_MS)
    }
  }

  #hasLeaders(name: string): boolean {
    const partitions = this.#cluster.metadata.topics.get(name)?.partitions ?? []
    return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError("admin client")
  }
}

const SETTLE_MS = 5_000
const SETTLE_STEP_MS = 20
