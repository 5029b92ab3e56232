/**
 * Batches that wait to be sent, by partition, and the memory they take.
 *
 * 1. A partition has at most one open batch; sealed ones queue behind each other in order.
 * 2. Batches in flight stay in their queue's books until they are settled, so that order and
 *    memory are counted right while they are tried again.
 */
import { strict as assert } from "node:assert"
import type { NewRecord } from "../../protocol/records/builder.ts"
import type { Compression } from "../../protocol/records/compression/index.ts"
import type { KafkaError } from "../errors.ts"
import type { Clock } from "../net/clock.ts"
import { type Delivery, ProducerBatch } from "./batch.ts"
import { SequenceState } from "./sequences.ts"

/** The part of the producer's options that matters here. */
export interface AccumulatorOptions {
  readonly clock: Clock
  readonly compression: Compression
  readonly batchBytes: number
  readonly bufferBytes: number
  readonly lingerMs: number
  readonly deliveryTimeoutMs: number
}

/** The batches of one partition. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** Takes records. */
  open: ProducerBatch | undefined
  /** Full, or to be sent for another reason; first in line first, ascending in `order`. */
  readonly waiting: ProducerBatch[] = []
  readonly inFlight = new Set<ProducerBatch>()
  readonly sequences = new SequenceState()
  /** Monotonic instant before which nothing is sent: back-off after a failure. */
  retryAt = 0
  /** Failures in a row, and the last of them. */
  failures = 0
  lastError: KafkaError | undefined
  #nextOrder = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Whether there is anything to send or to wait for. */
  get isIdle(): boolean {
    return this.open === undefined && this.waiting.length === 0 && this.inFlight.size === 0
  }

  /** Monotonic instant when the first batch in line fails; infinity when there is none. */
  get deadlineAt(): number {
    return (this.waiting[0] ?? this.open)?.deadlineAt ?? Number.POSITIVE_INFINITY
  }

  takeOrder(): number {
    return this.#nextOrder++
  }

  /** No more records for the open batch. */
  closeOpen(): void {
    if (this.open === undefined) return
    this.waiting.push(this.open)
    this.open = undefined
  }

  /** Back in line after a failed attempt, at its place. */
  requeue(batch: ProducerBatch): void {
    let at = 0
    while (at < this.waiting.length && this.waiting[at]!.order < batch.order) at++
    this.waiting.splice(at, 0, batch)
  }

  /** Whether no earlier batch of the partition is unfinished. */
  isFirstUnfinished(batch: ProducerBatch): boolean {
    for (const other of this.inFlight) if (other.order < batch.order) return false
    return (this.waiting[0]?.order ?? Number.POSITIVE_INFINITY) >= batch.order
  }
}

/** All partitions. */
export class Accumulator {
  readonly #options: AccumulatorOptions
  readonly #queues = new Map<string, PartitionQueue[]>()
  /** Queues that are not idle. */
  readonly active = new Set<PartitionQueue>()
  #usedBytes = 0
  #batchCount = 0
  #whenEmpty: (() => void)[] = []
  /** Called when memory has become free. */
  onRoom: (() => void) | undefined
  /** Called when a queue has something to send that had nothing before. */
  onReady: (() => void) | undefined

  constructor(options: AccumulatorOptions) {
    this.#options = options
  }

  /** Whether another record may be added. */
  get hasRoom(): boolean {
    return this.#usedBytes < this.#options.bufferBytes
  }

  /** Bytes of all batches that are not settled. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Batches that are not settled, open ones included. */
  get batchCount(): number {
    return this.#batchCount
  }

  /** Adds a record of about `length` bytes to its partition's batch. */
  append(
    queue: PartitionQueue,
    record: NewRecord,
    place: { readonly length: number; readonly delivery: Delivery },
  ): void {
    const { batchBytes } = this.#options
    if (queue.open !== undefined && queue.open.sizeBytes + place.length > batchBytes) {
      queue.closeOpen()
      this.onReady?.()
    }
    const batch = queue.open ?? this.#openBatch(queue)
    const before = batch.sizeBytes
    try {
      batch.append(record, place.delivery)
    } finally {
      this.#usedBytes += batch.sizeBytes - before
      if (batch.recordCount === 0) this.#dropOpen(queue, batch)
    }
    if (batch.sizeBytes >= batchBytes) {
      queue.closeOpen()
      this.onReady?.()
    } else if (batch.recordCount === 1) this.onReady?.()
  }

  /** The queue of a partition. */
  queue(topic: string, partition: number): PartitionQueue {
    let queues = this.#queues.get(topic)
    if (queues === undefined) this.#queues.set(topic, (queues = []))
    return (queues[partition] ??= new PartitionQueue(topic, partition))
  }

  /** A batch is settled, one way or the other. */
  release(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#usedBytes -= batch.sizeBytes
    this.#batchCount--
    assert(this.#usedBytes >= 0 && this.#batchCount >= 0, "a batch is released once")
    if (queue.isIdle) this.active.delete(queue)
    if (this.#batchCount === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve()
    if (this.hasRoom) this.onRoom?.()
  }

  /** Puts the halves of a batch in its place. */
  split(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.inFlight.delete(batch)
    for (const half of batch.split()) {
      half.stamp = batch.stamp
      queue.requeue(half)
      this.#batchCount++
      this.#usedBytes += half.sizeBytes
    }
    queue.sequences.needsReset = batch.stamp !== undefined && batch.stamp.producerId >= 0
    this.release(queue, batch)
  }

  /** Closes all open batches: they are sent without further lingering. */
  closeAll(): void {
    for (const queue of this.active) queue.closeOpen()
    this.onReady?.()
  }

  /** Resolves when no batch is left. */
  whenEmpty(): Promise<void> {
    if (this.#batchCount === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  #openBatch(queue: PartitionQueue): ProducerBatch {
    const { clock, deliveryTimeoutMs, compression } = this.#options
    const createdAt = clock.monotonicMs()
    const batch = new ProducerBatch({
      topic: queue.topic,
      partition: queue.partition,
      createdAt,
      deadlineAt: createdAt + deliveryTimeoutMs,
      order: queue.takeOrder(),
      compression,
    })
    queue.open = batch
    this.#batchCount++
    this.#usedBytes += batch.sizeBytes
    this.active.add(queue)
    return batch
  }

  /** The first record of a batch was refused: the batch goes, too. */
  #dropOpen(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.open = undefined
    this.release(queue, batch)
  }
}
