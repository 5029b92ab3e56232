/**
 * Fetched records of one partition, decoded when they are looked at. Control batches, records of
 * aborted transactions and those before the wanted offset are skipped.
 */
import * as wire from "../../protocol/records/batch.ts"
import { type ReadOptions, RecordCursor } from "../../protocol/records/record.ts"
import { asKafkaError, KafkaError } from "../errors.ts"
import type { ConsumerRecord, TopicPartition } from "../records.ts"
import type { Deserializer } from "../serdes/serde.ts"

/** A transaction whose records in this fetch are not to be seen. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** How records are turned into what the user gets. */
export interface Decoding<K, V> extends ReadOptions {
  readonly keyDeserializer: Deserializer<K> | undefined
  readonly valueDeserializer: Deserializer<V> | undefined
}

/** What a fetch brought for one partition. */
export interface FetchedRecords extends TopicPartition {
  readonly bytes: Buffer
  /** The first offset wanted; the first batch may begin earlier. */
  readonly fetchOffset: number
  /** Offset after the last whole batch. */
  readonly nextOffset: number
  readonly highWatermark: number
  readonly abortedTransactions: readonly AbortedTransaction[]
}

/** A run of records of one partition, in offset order. Iterate it, or take `records`. */
export class ConsumerBatch<K = Buffer, V = Buffer> implements Iterable<ConsumerRecord<K, V>> {
  readonly topic: string
  readonly partition: number
  /** Offset behind the last record of the partition, as of this fetch. */
  readonly highWatermark: number
  /** Where reading goes on after this batch. */
  readonly nextOffset: number
  readonly #fetched: FetchedRecords
  readonly #decoding: Decoding<K, V>
  #records: ConsumerRecord<K, V>[] | undefined

  constructor(fetched: FetchedRecords, decoding: Decoding<K, V>) {
    this.topic = fetched.topic
    this.partition = fetched.partition
    this.highWatermark = fetched.highWatermark
    this.#fetched = fetched
    this.#decoding = decoding
    this.nextOffset = fetched.nextOffset
  }

  /** Bytes as fetched: of whole and half batches. */
  get sizeBytes(): number {
    return this.#fetched.bytes.length
  }

  /** Records behind this batch. */
  get lag(): number {
    return Math.max(this.highWatermark - this.nextOffset, 0)
  }

  /** All records, decoded at the first call. May be empty: the fetched range held only markers. */
  get records(): readonly ConsumerRecord<K, V>[] {
    this.#records ??= [...this]
    return this.#records
  }

  /** Decodes one record after the other. Throws KafkaError where the bytes are damaged
   *  (CORRUPT_MESSAGE) or a deserializer fails (SERIALIZATION_FAILED). */
  *[Symbol.iterator](): Generator<ConsumerRecord<K, V>, undefined> {
    const { bytes, fetchOffset, topic, partition } = this.#fetched
    const { keyDeserializer, valueDeserializer } = this.#decoding
    for (const at of visibleBatches(this.#fetched)) {
      const cursor = this.#guard(() => new RecordCursor(bytes, at, this.#decoding))
      while (this.#guard(() => cursor.next())) {
        if (cursor.offset < fetchOffset) continue
        const { offset, timestamp } = cursor
        const key = cursor.key()
        const value = cursor.value()
        yield {
          topic,
          partition,
          offset,
          timestamp,
          key: key && this.#value(key, keyDeserializer, offset),
          value: value && this.#value(value, valueDeserializer, offset),
          headers: cursor.headers(),
        }
      }
    }
    return undefined
  }

  #value<T>(bytes: Buffer, deserializer: Deserializer<T> | undefined, offset: number): T {
    if (deserializer === undefined) return bytes as T
    try {
      return deserializer.deserialize(bytes, this.topic)
    } catch (error) {
      const where = `Deserializing ${this.topic}-${this.partition} offset ${offset}`
      throw asKafkaError(error, "SERIALIZATION_FAILED", where)
    }
  }

  #guard<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      const { topic, partition } = this
      const text = cause instanceof Error ? cause.message : String(cause)
      const message =
        `${topic}-${partition} holds damaged records: ${text}. ` +
        `Seek past them (to ${this.nextOffset} or less) to go on.`
      throw new KafkaError("CORRUPT_MESSAGE", message, { topic, partition, cause })
    }
  }
}

/** Whether there is at least one whole batch. */
export function hasWholeBatch(bytes: Buffer): boolean {
  return wire.batchLengthAt(bytes, 0, bytes.length) > 0
}

/** Offset after the last whole batch. */
export function endOffset(bytes: Buffer, fetchOffset: number): number {
  let next = fetchOffset
  for (const at of wire.batches(bytes, 0, bytes.length)) next = wire.lastOffset(bytes, at) + 1
  return Math.max(next, fetchOffset)
}

/** Positions of the batches whose records are to be seen. */
function* visibleBatches(fetched: FetchedRecords): Generator<number> {
  const { bytes, abortedTransactions } = fetched
  const toCome = [...abortedTransactions].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborted = new Set<number>()
  for (const at of wire.batches(bytes, 0, bytes.length)) {
    const attributes = wire.attributes(bytes, at)
    const producer = wire.producerId(bytes, at)
    while (toCome[0] !== undefined && toCome[0].firstOffset <= wire.lastOffset(bytes, at)) {
      aborted.add(toCome.shift()!.producerId)
    }
    // A marker ends its transaction: what the producer writes next belongs to another one.
    if (wire.isControl(attributes)) aborted.delete(producer)
    else if (wire.lastOffset(bytes, at) < fetched.fetchOffset) continue
    else if (!(wire.isTransactional(attributes) && aborted.has(producer))) yield at
  }
}
