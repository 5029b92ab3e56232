/**
 * Sends batches to the leaders of their partitions and decides what follows from each answer.
 *
 * 1. At most `maxInFlight` requests per broker; a request holds at most one batch per partition.
 * 2. A batch that fails in a way that may pass goes back in line at its place, until its deadline.
 * 3. Every batch is settled: stored, refused, or timed out. Nothing here throws.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import type { ProduceResponse } from "../../protocol/messages/produce.ts"
import { answerError, asKafkaError, type KafkaError } from "../errors.ts"
import type { Timer } from "../net/clock.ts"
import type { Cluster } from "../net/cluster.ts"
import type { Connection } from "../net/connection.ts"
import { partitionName } from "../records.ts"
import type { Accumulator, PartitionQueue } from "./accumulator.ts"
import type { ProducerBatch, Stamp, Stored } from "./batch.ts"
import {
  expired,
  noAnswer,
  type Outgoing,
  type PartitionReply,
  Produce,
  rejection,
  repliesByPartition,
  requestIdentity,
  topicData,
} from "./requests.ts"
import { isSequenceError, type ProducerIdentity } from "./sequences.ts"
import { type BrokerTraffic, TrafficTable } from "./traffic.ts"

const NO_STAMP: Stamp = { producerId: -1, producerEpoch: -1, baseSequence: -1 }

/** The part of the producer's options that matters here. */
export interface SenderOptions {
  readonly acks: number
  readonly idempotent: boolean
  readonly lingerMs: number
  readonly maxInFlight: number
  readonly maxRequestBytes: number
}

/** The sending half of a producer. */
export class Sender {
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #options: SenderOptions
  readonly #traffic: TrafficTable
  #identity: ProducerIdentity | undefined
  #isIdentifying = false
  #isScheduled = false
  #isClosed = false
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  /** Told of every batch that failed for good. */
  onFailure: ((error: KafkaError) => void) | undefined

  constructor(cluster: Cluster, accumulator: Accumulator, options: SenderOptions) {
    this.#cluster = cluster
    this.#accumulator = accumulator
    this.#options = options
    this.#traffic = new TrafficTable(cluster)
  }

  /** Sends what is due, when the present turn of the loop is over. */
  wake(): void {
    if (this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    this.#cluster.clock.soon(() => this.#drain())
  }

  /** Stops sending; whatever is not settled fails with `error`. */
  close(error: KafkaError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    for (const queue of [...this.#accumulator.active]) {
      queue.closeOpen()
      for (const batch of [...queue.inFlight, ...queue.waiting]) this.#fail(queue, batch, error)
    }
  }

  #drain(): void {
    this.#isScheduled = false
    if (this.#isClosed) return
    if (this.#options.idempotent && this.#identity === undefined) {
      this.#expireAll()
      this.#identify()
      return
    }
    const now = this.#cluster.clock.monotonicMs()
    const due = this.#collectDue(now)
    for (const [leader, queues] of due) this.#sendTo(leader, queues, now)
  }

  /** Queues with something to send now, by the broker that leads them. */
  #collectDue(now: number): Map<number, PartitionQueue[]> {
    const due = new Map<number, PartitionQueue[]>()
    const leaderless = new Set<string>()
    let wakeAt = Number.POSITIVE_INFINITY
    for (const queue of [...this.#accumulator.active]) {
      this.#expire(queue, now)
      const dueAt = this.#dueAt(queue, now)
      wakeAt = Math.min(wakeAt, queue.deadlineAt, dueAt > now ? dueAt : Number.POSITIVE_INFINITY)
      if (dueAt > now || !this.#canSend(queue)) continue
      const leader = this.#cluster.metadata.leaderOf(queue.topic, queue.partition)
      const queues = due.get(leader)
      if (leader < 0) {
        leaderless.add(queue.topic)
        this.#backOff(queue, now)
        wakeAt = Math.min(wakeAt, queue.retryAt)
      } else if (queues === undefined) due.set(leader, [queue])
      else queues.push(queue)
    }
    if (leaderless.size > 0) this.#cluster.refreshSoon(leaderless)
    this.#wakeAt(wakeAt)
    return due
  }

  /** When the queue's first batch is to be sent; infinity when there is none. */
  #dueAt(queue: PartitionQueue, now: number): number {
    if (queue.waiting.length > 0) return queue.retryAt
    if (queue.open === undefined) return Number.POSITIVE_INFINITY
    const isUrgent = this.#options.lingerMs === 0 || !this.#accumulator.hasRoom
    return Math.max(isUrgent ? now : queue.open.createdAt + this.#options.lingerMs, queue.retryAt)
  }

  /**
   * Whether the order allows another batch of this queue now. A batch that is sent again goes
   * alone: it may have been stored already, and the broker remembers no more than five batches, so
   * it must not be overtaken by more than were in flight when it failed.
   */
  #canSend(queue: PartitionQueue): boolean {
    const { sequences, inFlight, waiting } = queue
    const isRetry = waiting[0]?.stamp !== undefined
    if (isRetry && inFlight.size > 0) return false
    if (!this.#options.idempotent) return true
    if (sequences.needsReset) {
      if (inFlight.size > 0) return false
      if (sequences.isExhausted(this.#identity)) {
        this.#identity = undefined
        this.wake()
        return false
      }
      sequences.reset(this.#identity!, waiting)
    }
    if (isRetry) return true
    return this.#identity !== undefined && sequences.canStamp(this.#identity, inFlight.size > 0)
  }

  #sendTo(leader: number, queues: PartitionQueue[], now: number): void {
    const traffic = this.#traffic.of(leader)
    if (now < traffic.resumeAt) {
      this.#wakeAt(traffic.resumeAt)
      return
    }
    const connection = this.#cluster.findConnection(leader, "main")
    if (connection === undefined) {
      if (!traffic.isConnecting) this.#connect(leader)
      return
    }
    let candidates = queues
    while (candidates.length > 0 && traffic.inFlight < this.#options.maxInFlight) {
      const outgoing = this.#takeBatches(candidates)
      this.#send(outgoing, connection, traffic)
      candidates = candidates.filter((queue) => queue.waiting.length > 0 && this.#canSend(queue))
    }
  }

  /** One batch of each queue, as many as fit into one request. */
  #takeBatches(queues: readonly PartitionQueue[]): Outgoing[] {
    const outgoing: Outgoing[] = []
    let bytes = 0
    for (const queue of queues) {
      if (queue.waiting.length === 0) queue.closeOpen()
      const batch = queue.waiting[0]
      if (batch === undefined) continue
      if (bytes > 0 && bytes + batch.sizeBytes > this.#options.maxRequestBytes) break
      bytes += batch.sizeBytes
      queue.waiting.shift()
      queue.inFlight.add(batch)
      // Behind the others, so that all have their turn when one request does not hold them all.
      this.#accumulator.active.delete(queue)
      this.#accumulator.active.add(queue)
      outgoing.push({ queue, batch })
    }
    return outgoing
  }

  #send(outgoing: readonly Outgoing[], connection: Connection, traffic: BrokerTraffic): void {
    const { acks } = this.#options
    const ready = outgoing.filter((out) => this.#seal(out))
    if (ready.length === 0) return
    traffic.inFlight++
    const { requestTimeoutMs } = this.#cluster.options
    this.#cluster
      .callOn(connection, {
        api: Produce,
        value: { acks, timeoutMs: requestTimeoutMs, topicData: topicData(ready) },
        expectReply: acks !== 0,
      })
      .then(
        (reply) => this.#onReply(ready, reply, traffic),
        (error) => this.#onLost(ready, asKafkaError(error, "INVALID_RESPONSE", "Produce"), traffic),
      )
  }

  /** Stamps and builds; a batch that cannot be built (a codec that is not there) fails. */
  #seal({ queue, batch }: Outgoing): boolean {
    try {
      if (batch.stamp === undefined) {
        const stamp = this.#options.idempotent
          ? queue.sequences.take(this.#identity!, batch.recordCount)
          : NO_STAMP
        batch.seal(stamp)
      }
      batch.attempts++
      batch.bytes()
      return true
    } catch (error) {
      queue.sequences.giveBack(batch)
      const failure = asKafkaError(error, "SERIALIZATION_FAILED", "Cannot build a batch")
      this.#fail(queue, batch, failure)
      return false
    }
  }

  #onReply(
    outgoing: readonly Outgoing[],
    reply: ProduceResponse | undefined,
    traffic: BrokerTraffic,
  ): void {
    traffic.inFlight--
    const now = this.#cluster.clock.monotonicMs()
    if (reply !== undefined && reply.throttleTimeMs > 0)
      traffic.resumeAt = now + reply.throttleTimeMs
    if (this.#isClosed) return
    const replies = reply === undefined ? undefined : repliesByPartition(reply)
    const stale = new Set<string>()
    for (const { queue, batch } of outgoing) {
      const answer = replies?.get(partitionName(queue))
      if (replies === undefined) this.#settle(queue, batch, { baseOffset: -1, appendTimeMs: -1 })
      else if (answer === undefined) this.#fail(queue, batch, noAnswer(queue))
      else this.#onAnswer({ queue, batch }, answer, stale)
    }
    if (stale.size > 0) this.#cluster.refreshSoon(stale)
    this.wake()
  }

  #onAnswer({ queue, batch }: Outgoing, answer: PartitionReply, stale: Set<string>): void {
    const code = answer.errorCode
    if (code === ErrorCode.NONE || code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      queue.failures = 0
      const { baseOffset, logAppendTimeMs: appendTimeMs } = answer
      this.#settle(queue, batch, { baseOffset, appendTimeMs })
      return
    }
    const { topic, partition } = queue
    const error = answerError(code, `Records for ${partitionName(queue)}`, {
      message: rejection(answer),
      topic,
      partition,
    })
    if (this.#options.idempotent && isSequenceError(code)) {
      if (queue.isFirstUnfinished(batch)) queue.sequences.needsReset = true
      this.#tryAgain(queue, batch, error)
    } else if (isRetriable(code)) {
      if (answer.currentLeader.leaderId >= 0) {
        const { leaderId, leaderEpoch } = answer.currentLeader
        this.#cluster.metadata.setLeader(topic, partition, leaderId, leaderEpoch)
      } else stale.add(topic)
      this.#tryAgain(queue, batch, error)
    } else if (code === ErrorCode.MESSAGE_TOO_LARGE && batch.recordCount > 1) {
      this.#accumulator.split(queue, batch)
    } else {
      queue.sequences.giveBack(batch)
      this.#fail(queue, batch, error)
    }
  }

  /** The request ended without a reply: whether the records are stored is not known. */
  #onLost(outgoing: readonly Outgoing[], error: KafkaError, traffic: BrokerTraffic): void {
    traffic.inFlight--
    if (this.#isClosed) return
    const topics = new Set<string>()
    for (const { queue, batch } of outgoing) {
      topics.add(queue.topic)
      if (error.retriable) this.#tryAgain(queue, batch, error)
      else this.#fail(queue, batch, error)
    }
    this.#cluster.refreshSoon(topics)
    this.wake()
  }

  #tryAgain(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    const now = this.#cluster.clock.monotonicMs()
    this.#backOff(queue, now)
    queue.inFlight.delete(batch)
    queue.lastError = error
    queue.requeue(batch)
    this.#expire(queue, now)
  }

  #backOff(queue: PartitionQueue, now: number): void {
    if (queue.retryAt > now) return
    queue.failures++
    queue.retryAt = now + this.#cluster.backoffMs(queue.failures)
  }

  #settle(queue: PartitionQueue, batch: ProducerBatch, stored: Stored): void {
    queue.inFlight.delete(batch)
    batch.settle(stored)
    this.#accumulator.release(queue, batch)
  }

  #fail(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    queue.inFlight.delete(batch)
    const at = queue.waiting.indexOf(batch)
    if (at >= 0) queue.waiting.splice(at, 1)
    this.onFailure?.(error)
    batch.abandon(error)
    this.#accumulator.release(queue, batch)
  }

  #expireAll(): void {
    const now = this.#cluster.clock.monotonicMs()
    let wakeAt = Number.POSITIVE_INFINITY
    for (const queue of [...this.#accumulator.active]) {
      this.#expire(queue, now)
      wakeAt = Math.min(wakeAt, queue.deadlineAt)
    }
    this.#wakeAt(wakeAt)
  }

  /** Batches whose time is up fail. The open one counts, too: its leader may be gone for long. */
  #expire(queue: PartitionQueue, now: number): void {
    if (queue.open !== undefined && queue.open.deadlineAt <= now) queue.closeOpen()
    while (queue.waiting.length > 0 && queue.waiting[0]!.deadlineAt <= now) {
      const batch = queue.waiting[0]!
      this.#fail(queue, batch, expired(queue, batch))
    }
  }

  #connect(leader: number): void {
    this.#traffic.connect(leader).then((error) => {
      if (this.#isClosed) return
      if (error !== undefined) {
        const { metadata } = this.#cluster
        const queues = [...this.#accumulator.active].filter(
          ({ topic, partition }) => metadata.leaderOf(topic, partition) === leader,
        )
        this.#cluster.refreshSoon(new Set(queues.map(({ topic }) => topic)))
        this.#blame(queues, error)
      }
      this.wake()
    })
  }

  /** Gets a producer id. Without one, nothing is sent; refused one, everything fails. */
  #identify(): void {
    if (this.#isIdentifying || this.#accumulator.batchCount === 0) return
    this.#isIdentifying = true
    requestIdentity(this.#cluster).then(
      (identity) => {
        this.#isIdentifying = false
        this.#identity = identity
        this.wake()
      },
      (cause) => {
        this.#isIdentifying = false
        const error = asKafkaError(cause, "INVALID_RESPONSE", "InitProducerId")
        this.#blame([...this.#accumulator.active], error)
        this.wake()
      },
    )
  }

  /** Notes why queues cannot be sent; when that will not pass, their batches fail. */
  #blame(queues: readonly PartitionQueue[], error: KafkaError): void {
    if (this.#isClosed) return
    for (const queue of queues) {
      queue.lastError = error
      if (error.retriable) continue
      queue.closeOpen()
      for (const batch of [...queue.waiting]) this.#fail(queue, batch, error)
    }
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt || this.#isClosed) return
    this.#timer?.cancel()
    this.#timerAt = at
    const { clock } = this.#cluster
    this.#timer = clock.after(Math.max(at - clock.monotonicMs(), 1), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#drain()
    })
  }
}
