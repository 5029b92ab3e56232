/**
 * Records of one partition that travel, and succeed or fail, together. Open while records are
 * added, then sealed: built into bytes under a producer id, epoch and sequence, which stay the same
 * however often it is sent again, so that the broker can tell a repetition.
 */
import { BatchBuilder, type NewRecord } from "../../protocol/records/builder.ts"
import type { Compression } from "../../protocol/records/compression/index.ts"
import { decodeRecords } from "../../protocol/records/record.ts"
import type { KafkaError } from "../errors.ts"
import type { StoredRange } from "../records.ts"

/** Where a batch was stored. */
export interface Stored {
  /** -1 when the broker does not tell. */
  readonly baseOffset: number
  /** -1 unless the topic uses the broker's time. */
  readonly appendTimeMs: number
}

/** Whoever waits for records of a batch: one `send`, or one `sendBatch`. */
export interface Delivery {
  /** A record of theirs was put into `batch`, at `index`. */
  added(batch: ProducerBatch, index: number): void
  /** Their records of `batch` have been put into other batches. */
  moved(batch: ProducerBatch): void
  stored(batch: ProducerBatch, stored: Stored): void
  failed(batch: ProducerBatch, error: KafkaError): void
}

/** Producer id, epoch and sequence of a batch; all -1 without idempotence. */
export interface Stamp {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** What a batch is made with. */
export interface BatchOptions {
  readonly topic: string
  readonly partition: number
  readonly createdAt: number
  readonly deadlineAt: number
  readonly order: number
  /** Orders from `order` up to (not including) `order + span` are this batch's. Default 1. */
  readonly span?: number
  readonly compression: Compression
}

/** One batch on its way. */
export class ProducerBatch {
  readonly topic: string
  readonly partition: number
  /** Monotonic instants. */
  readonly createdAt: number
  readonly deadlineAt: number
  /** Place among the batches of its partition. */
  readonly order: number
  readonly #options: BatchOptions
  readonly #builder: BatchBuilder
  readonly #deliveries: Delivery[] = []
  /** Index of the first record of each delivery. */
  readonly #starts: number[] = []
  /** Set when it is sent for the first time. */
  stamp: Stamp | undefined
  /** How often it was sent. */
  attempts = 0
  #bytes: Buffer | undefined

  constructor(options: BatchOptions) {
    this.#options = options
    this.topic = options.topic
    this.partition = options.partition
    this.createdAt = options.createdAt
    this.deadlineAt = options.deadlineAt
    this.order = options.order
    this.#builder = new BatchBuilder({ compression: options.compression })
  }

  get recordCount(): number {
    return this.#builder.recordCount
  }

  /** Bytes of memory it stands for (uncompressed). */
  get sizeBytes(): number {
    return this.#builder.sizeBytes
  }

  /** Adds a record; throws what the builder throws for values that are no bytes. */
  append(record: NewRecord, delivery: Delivery): void {
    const index = this.#builder.recordCount
    this.#builder.append(record)
    if (this.#deliveries.at(-1) !== delivery) {
      this.#deliveries.push(delivery)
      this.#starts.push(index)
    }
    delivery.added(this, index)
  }

  /** Gives it its stamp (again: after the broker has lost or refused the former one). */
  seal(stamp: Stamp): void {
    this.stamp = stamp
    this.#bytes = undefined
  }

  /** What goes over the wire; built at the first call after `seal`. */
  bytes(): Buffer {
    const { stamp } = this
    if (stamp === undefined) throw new Error("a batch is sealed before it is sent")
    this.#bytes ??= this.#builder.build(stamp)
    return this.#bytes
  }

  /** Two batches with half of the records each: the broker found this one too large. */
  split(): ProducerBatch[] {
    const { order, span = 1, ...rest } = this.#options
    const halves = [order, order + span / 2].map(
      (start) => new ProducerBatch({ ...rest, order: start, span: span / 2 }),
    )
    const firstCount = Math.ceil(this.recordCount / 2)
    let run = 0
    let index = 0
    for (const record of decodeRecords(this.bytes(), 0)) {
      while (index >= (this.#starts[run + 1] ?? Number.POSITIVE_INFINITY)) run++
      halves[index < firstCount ? 0 : 1]!.append(record, this.#deliveries[run]!)
      index++
    }
    for (const delivery of new Set(this.#deliveries)) delivery.moved(this)
    return halves
  }

  /** Tells everybody who waits that it is stored. */
  settle(stored: Stored): void {
    for (const delivery of this.#deliveries) delivery.stored(this, stored)
  }

  /** Tells everybody who waits that it never will be. */
  abandon(error: KafkaError): void {
    for (const delivery of this.#deliveries) delivery.failed(this, error)
  }

  /** Where its records are, once stored. */
  range(stored: Stored): StoredRange {
    return {
      topic: this.topic,
      partition: this.partition,
      baseOffset: stored.baseOffset,
      recordCount: this.recordCount,
    }
  }
}
