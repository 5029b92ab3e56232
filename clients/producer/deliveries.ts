/** Who waits for records: one promise per `send`, one per `sendBatch`, none for `enqueue`. */
import type { KafkaError } from "../errors.ts"
import type { RecordMetadata, StoredRange } from "../records.ts"
import type { Delivery, ProducerBatch, Stored } from "./batch.ts"

/** One record. */
export class RecordDelivery implements Delivery {
  readonly promise: Promise<RecordMetadata>
  readonly #timestamp: number
  #index = 0
  #resolve!: (metadata: RecordMetadata) => void
  #reject!: (error: KafkaError) => void

  constructor(timestamp: number) {
    this.#timestamp = timestamp
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever drops the promise learns of a failure from `flush`; it must not end the process.
    this.promise.catch(() => {})
  }

  /** The record could not be put into a batch. */
  refuse(error: KafkaError): void {
    this.#reject(error)
  }

  added(_batch: ProducerBatch, index: number): void {
    this.#index = index
  }

  moved(): void {}

  stored({ topic, partition }: ProducerBatch, { baseOffset, appendTimeMs }: Stored): void {
    const offset = baseOffset < 0 ? -1 : baseOffset + this.#index
    const timestamp = appendTimeMs < 0 ? this.#timestamp : appendTimeMs
    this.#resolve({ topic, partition, offset, timestamp })
  }

  failed(_batch: ProducerBatch, error: KafkaError): void {
    this.#reject(error)
  }
}

/** The records of one call, counted by the batches they are in. */
export class GroupDelivery implements Delivery {
  readonly promise: Promise<StoredRange[]>
  readonly #ranges: StoredRange[] = []
  readonly #batches = new Set<ProducerBatch>()
  #latest: ProducerBatch | undefined
  #isComplete = false
  #resolve!: (ranges: StoredRange[]) => void
  #reject!: (error: KafkaError) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => {})
  }

  /** No more records will be added. */
  complete(): void {
    this.#isComplete = true
    this.#finish()
  }

  /** A record could not be added: the call fails, whatever happens to those before it. */
  refuse(error: KafkaError): void {
    this.#reject(error)
  }

  added(batch: ProducerBatch): void {
    if (batch === this.#latest) return
    this.#latest = batch
    this.#batches.add(batch)
  }

  moved(batch: ProducerBatch): void {
    this.#batches.delete(batch)
  }

  stored(batch: ProducerBatch, stored: Stored): void {
    if (!this.#batches.delete(batch)) return
    this.#ranges.push(batch.range(stored))
    this.#finish()
  }

  failed(batch: ProducerBatch, error: KafkaError): void {
    this.#batches.delete(batch)
    this.#reject(error)
  }

  #finish(): void {
    if (this.#isComplete && this.#batches.size === 0) this.#resolve(this.#ranges)
  }
}

/** Nobody waits. */
export const noDelivery: Delivery = { added() {}, moved() {}, stored() {}, failed() {} }
