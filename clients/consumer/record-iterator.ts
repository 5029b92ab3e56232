/**
 * Walks the records of one batch after the other. Leaving in the middle (by break, an error, a
 * pause or a rebalance) puts the rest back: it is fetched again when it is wanted.
 */
import type { ConsumerRecord } from "../records.ts"
import type { ConsumedPartition } from "./partition.ts"
import type { Delivered } from "./reader.ts"

/** What the iterator needs of its consumer. */
export interface RecordSource<K, V> {
  nextDelivered(): Promise<Delivered<K, V> | undefined>
  /** Whether the batch in hand should be given up. */
  isInterrupted(): boolean
  /** The user has come back from the last record of this partition. */
  onStep(partition: ConsumedPartition): void
}

type Step<K, V> = IteratorResult<ConsumerRecord<K, V>, undefined>

/** Iterates records. */
export class RecordIterator<K, V> implements AsyncIterator<ConsumerRecord<K, V>, undefined> {
  readonly #source: RecordSource<K, V>
  #current: Delivered<K, V> | undefined
  #records: Iterator<ConsumerRecord<K, V>, undefined> | undefined

  constructor(source: RecordSource<K, V>) {
    this.#source = source
  }

  /** The next record; done when the consumer is closed. */
  next(): Promise<Step<K, V>> {
    try {
      const step = this.#step()
      return step === undefined ? this.#nextBatch() : Promise.resolve(step)
    } catch (error) {
      this.#putBack()
      return Promise.reject(error)
    }
  }

  return(): Promise<Step<K, V>> {
    this.#putBack()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** The next record of the batch in hand. */
  #step(): Step<K, V> | undefined {
    const current = this.#current
    if (current === undefined) return undefined
    const { partition } = current
    if (partition.jumps !== current.jumps || !partition.isActive) {
      this.#current = undefined
      return undefined
    }
    this.#source.onStep(partition)
    if (partition.isPaused || this.#source.isInterrupted()) {
      this.#putBack()
      return undefined
    }
    const step = this.#records!.next()
    if (!step.done) {
      partition.delivered = step.value.offset + 1
      return step
    }
    partition.delivered = current.batch.nextOffset
    this.#current = undefined
    return undefined
  }

  async #nextBatch(): Promise<Step<K, V>> {
    for (;;) {
      const delivered = await this.#source.nextDelivered()
      if (delivered === undefined) return { done: true, value: undefined }
      this.#current = delivered
      this.#records = delivered.batch[Symbol.iterator]()
      try {
        const step = this.#step()
        if (step !== undefined) return step
      } catch (error) {
        this.#putBack()
        throw error
      }
    }
  }

  #putBack(): void {
    const current = this.#current
    this.#current = undefined
    if (current !== undefined && current.partition.jumps === current.jumps) {
      current.partition.rewind()
    }
  }
}
