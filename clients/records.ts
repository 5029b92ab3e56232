/** What users hand in and get out: partitions, records on their way out and on their way in. */

/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A place in a partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number
}

/** A header of a record; values may be null, names may repeat. */
export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

/** Headers to be sent: an object, or pairs where names repeat or order matters. */
export type HeadersInput =
  | { readonly [name: string]: string | Uint8Array | null }
  | readonly { readonly key: string; readonly value: string | Uint8Array | null }[]

/** A record to be sent. `K` and `V` are what the producer's serdes take. */
export interface ProducerRecord<K = string | Uint8Array, V = string | Uint8Array> {
  readonly topic: string
  /** Left out: chosen by the partitioner. */
  readonly partition?: number | undefined
  readonly key?: K | null | undefined
  /** Null is a tombstone: compaction removes the key. */
  readonly value?: V | null | undefined
  readonly headers?: HeadersInput | undefined
  /** Milliseconds since 1970; left out: now. */
  readonly timestamp?: number | undefined
}

/** Where a record was stored. */
export interface RecordMetadata extends TopicPartition {
  /** -1 when the broker does not tell (acks 0, or a duplicate it no longer remembers). */
  readonly offset: number
  /** The record's timestamp, or the broker's for topics with LogAppendTime. */
  readonly timestamp: number
}

/** A run of records of one `sendBatch` that was stored together. */
export interface StoredRange extends TopicPartition {
  /** First offset of the batch they travelled in; -1 when the broker does not tell. */
  readonly baseOffset: number
  /** Records of that batch, those of other calls included. */
  readonly recordCount: number
}

/** A record that was fetched. `K` and `V` are what the consumer's serdes give. */
export interface ConsumerRecord<K = Buffer, V = Buffer> extends TopicPartitionOffset {
  readonly timestamp: number
  readonly key: K | null
  readonly value: V | null
  readonly headers: readonly Header[]
}

/** `topic-partition`, as Kafka prints it. */
export function partitionName(partition: TopicPartition): string {
  return `${partition.topic}-${partition.partition}`
}
