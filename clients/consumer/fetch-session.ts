/**
 * An incremental fetch session with one broker (KIP-227): after the first request, only what has
 * changed is sent. The broker answers only for partitions with news.
 *
 * Our picture of the session is what the broker holds if it got the last request; whenever that is
 * in doubt (an error, a lost connection), the next request starts a new session.
 */
import type { FetchCall } from "../../protocol/messages/fetch.ts"
import { groupBy } from "../net/routing.ts"
import { partitionName, type TopicPartition } from "../records.ts"

/** A partition to be fetched. */
export interface FetchTarget extends TopicPartition {
  /** Undefined where topics have no ids. */
  readonly topicId: string | undefined
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  readonly partitionMaxBytes: number
}

type SessionPart = Pick<FetchCall, "sessionId" | "sessionEpoch" | "topics" | "forgottenTopicsData">

const LAST_EPOCH = 0x7fffffff

/** The session with one broker. */
export class FetchSession {
  #id = 0
  #epoch = 0
  #usesIds = false
  #held = new Map<string, FetchTarget>()

  /** What to send in order to fetch exactly these partitions. */
  next(targets: readonly FetchTarget[], usesIds: boolean): SessionPart {
    if (usesIds !== this.#usesIds) this.reset()
    this.#usesIds = usesIds
    const wanted = new Map(targets.map((target) => [partitionName(target), target]))
    const isFull = this.#epoch === 0
    const changed = isFull ? targets : targets.filter((target) => this.#isNews(target))
    const gone = isFull ? [] : [...this.#held.values()].filter((held) => !isHeld(wanted, held))
    this.#held = wanted
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: fetchTopics(changed),
      forgottenTopicsData: [...groupBy(gone, topicKey).values()].map((group) => ({
        topic: group[0]!.topic,
        ...idOf(group[0]!),
        partitions: group.map(({ partition }) => partition),
      })),
    }
  }

  /** The broker answered without an error for the whole request. */
  accepted(sessionId: number): void {
    this.#epoch = sessionId === 0 ? 0 : this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1
    this.#id = sessionId
  }

  /** The next request starts anew. */
  reset(): void {
    this.#id = 0
    this.#epoch = 0
    this.#held.clear()
  }

  #isNews(target: FetchTarget): boolean {
    const held = this.#held.get(partitionName(target))
    return (
      held === undefined ||
      held.fetchOffset !== target.fetchOffset ||
      held.currentLeaderEpoch !== target.currentLeaderEpoch ||
      held.partitionMaxBytes !== target.partitionMaxBytes ||
      held.topicId !== target.topicId
    )
  }
}

/** Whether a partition stays in the session; under another topic id it is another partition. */
function isHeld(wanted: ReadonlyMap<string, FetchTarget>, held: FetchTarget): boolean {
  const target = wanted.get(partitionName(held))
  return target !== undefined && target.topicId === held.topicId
}

function fetchTopics(targets: readonly FetchTarget[]): FetchCall["topics"] {
  return [...groupBy(targets, topicKey).values()].map((group) => ({
    topic: group[0]!.topic,
    ...idOf(group[0]!),
    partitions: group.map(({ partition, fetchOffset, currentLeaderEpoch, partitionMaxBytes }) => ({
      partition,
      fetchOffset,
      currentLeaderEpoch,
      partitionMaxBytes,
    })),
  }))
}

function topicKey(target: FetchTarget): string {
  return target.topicId ?? target.topic
}

function idOf({ topicId }: FetchTarget): { topicId?: string } {
  return topicId === undefined ? {} : { topicId }
}
