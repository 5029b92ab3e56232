/**
 * Keeps fetched batches at hand: one long-polling fetch per broker, one batch ahead per partition.
 *
 * 1. A partition with a batch that has not been handed out is not fetched, so at most one fetch is
 *    ahead of the reader; nor is anything fetched beyond `maxBufferedBytes`.
 * 2. While some partitions of a broker have batches waiting, others are fetched only if they are
 *    known to have more, and without waiting: a long poll would keep the former from being fetched.
 * 3. What was asked for before a jump or a rebalance is dropped when it comes.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import { FetchRequest, FetchResponse } from "../../protocol/messages/fetch.ts"
import { answerError, asKafkaError, type KafkaError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import type { Connection } from "../net/connection.ts"
import { backoffMs } from "../net/retry.ts"
import { partitionName } from "../records.ts"
import { endOffset, type FetchedRecords, hasWholeBatch } from "./batch.ts"
import { FetchSession, type FetchTarget } from "./fetch-session.ts"
import { type IsolationLevel, isolationCode } from "./list-offsets.ts"
import type { ConsumedPartition } from "./partition.ts"

const Fetch = api(FetchRequest, FetchResponse)
/** The first version that names topics by id. */
const IDS_SINCE = 13

/** The part of the consumer's options that matters here. */
export interface FetcherOptions {
  readonly isolationLevel: IsolationLevel
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly maxBufferedBytes: number
}

/** What the fetcher tells the consumer. */
export interface FetcherEvents {
  /** Something happened that a waiting reader should look at. */
  onNews(): void
  /** The position of a partition lies outside of its log. */
  onOutOfRange(partition: ConsumedPartition): void
  /** A failure that goes away by itself. */
  onWarning(error: KafkaError): void
  /** A failure for the user. */
  onError(error: KafkaError): void
}

type PartitionReply = FetchResponse["responses"][number]["partitions"][number]

interface Buffered {
  readonly partition: ConsumedPartition
  readonly jumps: number
  readonly fetched: FetchedRecords
}

/** A partition in a request, as it was when the request was made. */
interface Asked {
  readonly partition: ConsumedPartition
  readonly jumps: number
  readonly fetchOffset: number
}

/** What is known of the fetching from one broker. */
class BrokerFetch {
  readonly session = new FetchSession()
  isInFlight = false
  /** Set while a fetch is in flight that probably waits in the broker for new records. */
  parked: { readonly jumps: ReadonlyMap<ConsumedPartition, number> } | undefined
  connection: Connection | undefined
  failures = 0
  /** Monotonic instant before which nothing is asked. */
  resumeAt = 0
}

/** The fetching half of a consumer. */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #options: FetcherOptions
  readonly #events: FetcherEvents
  readonly #brokers = new Map<number, BrokerFetch>()
  #partitions: ReadonlyMap<string, ConsumedPartition> = new Map()
  #buffered: Buffered[] = []
  #bufferedBytes = 0

  constructor(cluster: Cluster, options: FetcherOptions, events: FetcherEvents) {
    this.#cluster = cluster
    this.#options = options
    this.#events = events
  }

  /** The partitions to fetch from now on. */
  setPartitions(partitions: ReadonlyMap<string, ConsumedPartition>): void {
    this.#partitions = partitions
    this.#dropStale()
  }

  /** The batch that has waited longest, of a partition that is not paused. */
  take(): Buffered | undefined {
    this.#dropStale()
    const at = this.#buffered.findIndex(({ partition }) => !partition.isPaused)
    if (at < 0) return undefined
    const [taken] = this.#buffered.splice(at, 1)
    this.#bufferedBytes -= taken!.fetched.bytes.length
    taken!.partition.bufferedCount--
    return taken
  }

  /** Asks every broker that can be asked. Returns when to call again at the latest (a monotonic
   *  instant): a back-off ends then. */
  fetch(): number {
    const { clock, metadata } = this.#cluster
    const now = clock.monotonicMs()
    let wakeAt = Number.POSITIVE_INFINITY
    const leaderless = new Set<string>()
    const byLeader = new Map<number, ConsumedPartition[]>()
    for (const partition of this.#partitions.values()) {
      if (!partition.hasPosition) continue
      const leader = metadata.leaderOf(partition.topic, partition.partition)
      const group = byLeader.get(leader)
      if (leader >= 0 && group !== undefined) group.push(partition)
      else if (leader >= 0) byLeader.set(leader, [partition])
      else if (partition.retryAt <= now) {
        leaderless.add(partition.topic)
        this.#backOff(partition)
      }
      if (partition.retryAt > now) wakeAt = Math.min(wakeAt, partition.retryAt)
    }
    if (leaderless.size > 0) {
      this.#cluster.refresh(leaderless).then(this.#events.onNews, this.#events.onWarning)
    }
    if (this.#bufferedBytes >= this.#options.maxBufferedBytes) return wakeAt
    for (const [leader, partitions] of byLeader) {
      wakeAt = Math.min(wakeAt, this.#fetchFrom(leader, partitions, now))
    }
    return wakeAt
  }

  #fetchFrom(leader: number, partitions: readonly ConsumedPartition[], now: number): number {
    const broker = this.#brokerFor(leader, partitions, now)
    if (broker.isInFlight) return Number.POSITIVE_INFINITY
    if (broker.resumeAt > now) return broker.resumeAt
    const mustNotWait = partitions.some(
      ({ bufferedCount, isPaused }) => bufferedCount > 0 && !isPaused,
    )
    const asked = partitions.filter((partition) => {
      return isFetchable(partition, now) && (!mustNotWait || this.#hasMore(partition))
    })
    if (asked.length === 0) return Number.POSITIVE_INFINITY
    broker.isInFlight = true
    const maxWaitMs = mustNotWait ? 0 : this.#options.fetchMaxWaitMs
    if (!mustNotWait && !asked.some((partition) => this.#hasMore(partition))) {
      broker.parked = { jumps: new Map(asked.map((partition) => [partition, partition.jumps])) }
    }
    this.#ask(leader, broker, { asked, maxWaitMs }).then(
      () => this.#finish(broker),
      (cause) => {
        if (this.#brokers.get(leader) !== broker) return
        this.#onLost(broker, asked, asKafkaError(cause, "INVALID_RESPONSE", "Fetch"))
        this.#finish(broker)
      },
    )
    return Number.POSITIVE_INFINITY
  }

  /** The state of a broker; a new one, on a new connection, when a fetch waits there for nothing
   *  while a partition could be fetched that it does not ask for: after a seek, for instance. */
  #brokerFor(leader: number, partitions: readonly ConsumedPartition[], now: number): BrokerFetch {
    const present = this.#brokers.get(leader)
    const parked = present?.parked
    const isMissing = (partition: ConsumedPartition) =>
      isFetchable(partition, now) && parked?.jumps.get(partition) !== partition.jumps
    if (present !== undefined && !(parked !== undefined && partitions.some(isMissing))) {
      return present
    }
    const broker = new BrokerFetch()
    this.#brokers.set(leader, broker)
    present?.connection?.close()
    return broker
  }

  #finish(broker: BrokerFetch): void {
    broker.isInFlight = false
    broker.parked = undefined
    this.#events.onNews()
  }

  /** Whether there were records behind the position when the partition was last fetched. */
  #hasMore(partition: ConsumedPartition): boolean {
    const end =
      this.#options.isolationLevel === "read_committed"
        ? partition.lastStableOffset
        : partition.highWatermark
    return partition.position < end || end < 0
  }

  async #ask(
    leader: number,
    broker: BrokerFetch,
    { asked, maxWaitMs }: { readonly asked: ConsumedPartition[]; readonly maxWaitMs: number },
  ): Promise<void> {
    const { options } = this.#cluster
    // Written at once where possible: before the user starts on the batch in hand.
    const connection =
      this.#cluster.findConnection(leader, "fetch") ??
      (await this.#cluster.connection(leader, "fetch"))
    broker.connection = connection
    const current = asked.filter((partition) => this.#isCurrent(partition) && partition.hasPosition)
    if (current.length === 0) return
    const targets = current.map((partition) => this.#target(partition))
    const records = new Map<string, Asked>(
      current.map((partition) => [
        partitionName(partition),
        { partition, jumps: partition.jumps, fetchOffset: partition.position },
      ]),
    )
    const hasIds = targets.every(({ topicId }) => topicId !== undefined)
    const reply = await this.#cluster.callOn(connection, {
      api: Fetch,
      maxVersion: hasIds ? Fetch.maxVersion : IDS_SINCE - 1,
      timeoutMs: options.requestTimeoutMs + maxWaitMs,
      value: (version) => ({
        maxWaitMs,
        minBytes: this.#options.fetchMinBytes,
        maxBytes: this.#options.fetchMaxBytes,
        isolationLevel: isolationCode(this.#options.isolationLevel),
        ...broker.session.next(targets, version >= IDS_SINCE),
      }),
    })
    this.#onReply(broker, reply, records)
  }

  #target(partition: ConsumedPartition): FetchTarget {
    const info = this.#cluster.metadata.topics.get(partition.topic)
    return {
      topic: partition.topic,
      partition: partition.partition,
      topicId: info?.id,
      fetchOffset: partition.position,
      currentLeaderEpoch: info?.partitions[partition.partition]?.leaderEpoch ?? -1,
      partitionMaxBytes: this.#options.maxPartitionFetchBytes,
    }
  }

  #onReply(broker: BrokerFetch, reply: FetchResponse, records: Map<string, Asked>): void {
    const { clock, metadata } = this.#cluster
    const now = clock.monotonicMs()
    if (reply.throttleTimeMs > 0) broker.resumeAt = now + reply.throttleTimeMs
    if (reply.errorCode !== ErrorCode.NONE) {
      broker.session.reset()
      const error = answerError(reply.errorCode, "Fetch")
      if (!isRetriable(reply.errorCode)) throw error
      this.#events.onWarning(error)
      return
    }
    broker.failures = 0
    broker.session.accepted(reply.sessionId)
    const stale = new Set<string>()
    for (const { topic: name, topicId, partitions } of reply.responses) {
      const topic = name || metadata.topicNames.get(topicId)
      if (topic === undefined) continue
      for (const answer of partitions) {
        const asked = records.get(partitionName({ topic, partition: answer.partitionIndex }))
        if (asked !== undefined && this.#isCurrent(asked.partition, asked.jumps)) {
          this.#onAnswer(asked, answer, stale)
        }
      }
    }
    if (stale.size > 0) {
      this.#cluster.refresh(stale).then(this.#events.onNews, this.#events.onWarning)
    }
  }

  #onAnswer(asked: Asked, answer: PartitionReply, stale: Set<string>): void {
    const { partition, fetchOffset } = asked
    const { topic } = partition
    const code = answer.errorCode
    if (code === ErrorCode.NONE) {
      partition.failures = 0
      partition.highWatermark = answer.highWatermark
      partition.lastStableOffset = answer.lastStableOffset
      this.#keep(asked, answer)
    } else if (code === ErrorCode.OFFSET_OUT_OF_RANGE) {
      this.#events.onOutOfRange(partition)
    } else {
      const error = answerError(code, `Fetching ${partitionName(partition)} from ${fetchOffset}`, {
        topic,
        partition: partition.partition,
      })
      this.#backOff(partition)
      if (isRetriable(code)) {
        stale.add(topic)
        this.#events.onWarning(error)
      } else this.#events.onError(error)
    }
  }

  #keep({ partition, jumps, fetchOffset }: Asked, answer: PartitionReply): void {
    const bytes = answer.records
    if (bytes === null || bytes.length === 0) return
    if (!hasWholeBatch(bytes)) {
      const { topic } = partition
      const where = `The batch at offset ${fetchOffset} of ${partitionName(partition)}`
      const subject = `${where} does not fit into a fetch, or is not of format 2`
      const error = answerError(ErrorCode.CORRUPT_MESSAGE, subject, {
        topic,
        partition: partition.partition,
        retriable: false,
      })
      this.#backOff(partition)
      this.#events.onError(error)
      return
    }
    const { topic, partition: index, highWatermark } = partition
    const abortedTransactions = answer.abortedTransactions ?? []
    const fetched = {
      topic,
      partition: index,
      bytes,
      fetchOffset,
      nextOffset: endOffset(bytes, fetchOffset),
      highWatermark,
      abortedTransactions:
        this.#options.isolationLevel === "read_committed" ? abortedTransactions : [],
    }
    partition.position = fetched.nextOffset
    partition.bufferedCount++
    this.#bufferedBytes += bytes.length
    this.#buffered.push({ partition, jumps, fetched })
  }

  #onLost(broker: BrokerFetch, asked: readonly ConsumedPartition[], error: KafkaError): void {
    const { clock, options } = this.#cluster
    broker.session.reset()
    broker.failures++
    broker.resumeAt = clock.monotonicMs() + backoffMs(options, broker.failures, clock.random())
    if (!error.retriable) this.#events.onError(error)
    else {
      this.#events.onWarning(error)
      this.#cluster.refreshSoon(new Set(asked.map(({ topic }) => topic)))
    }
  }

  #backOff(partition: ConsumedPartition): void {
    const { clock, options } = this.#cluster
    partition.failures++
    const waitMs = backoffMs(options, partition.failures, clock.random())
    partition.retryAt = clock.monotonicMs() + waitMs
  }

  #isCurrent(partition: ConsumedPartition, jumps = partition.jumps): boolean {
    return this.#partitions.get(partitionName(partition)) === partition && partition.jumps === jumps
  }

  #dropStale(): void {
    const isFresh = ({ partition, jumps }: Buffered) => this.#isCurrent(partition, jumps)
    if (this.#buffered.every(isFresh)) return
    this.#buffered = this.#buffered.filter(isFresh)
    this.#bufferedBytes = this.#buffered.reduce((sum, { fetched }) => sum + fetched.bytes.length, 0)
  }
}

/** Whether there is a reason to fetch a partition and none against it. */
function isFetchable(partition: ConsumedPartition, now: number): boolean {
  const { hasPosition, isPaused, bufferedCount, retryAt } = partition
  return hasPosition && !isPaused && bufferedCount === 0 && retryAt <= now
}
