/** What a log needs to know of its topic's options. Milliseconds and bytes; -1 is "no limit". */
import type { TimestampType } from "../protocol/records/batch.ts"

/** What it takes for an append to count as durable: synced, in the page cache, or nothing. */
export type Durability = "fsync" | "os" | "memory"

export type CleanupPolicy = "delete" | "compact"

/** Options of one log. May be replaced while it is open, see `Log.updateConfig`. */
export interface LogConfig {
  /** A segment is rolled before it would grow beyond this (segment.bytes). */
  readonly segmentBytes: number
  /** A segment is rolled when its first record is older than this (segment.ms). */
  readonly segmentMs: number
  /** Each segment lives up to this much shorter, so that not all roll at once. */
  readonly segmentJitterMs: number
  /** At most so many bytes lie between two entries of an index. Above 4096 it counts as 4096: the
   *  index is what lets a fetch find batch boundaries without reading (docs/decisions/0010). */
  readonly indexIntervalBytes: number
  /** A segment is rolled when one of its indexes has this size (segment.index.bytes). */
  readonly indexMaxBytes: number
  /** Largest batch accepted (max.message.bytes). */
  readonly maxMessageBytes: number
  /** Segments whose newest record is older are deleted; -1 never (retention.ms). */
  readonly retentionMs: number
  /** Oldest segments are deleted while the others hold this much; -1 never (retention.bytes). */
  readonly retentionBytes: number
  /** Whose clock stamps the records (message.timestamp.type). */
  readonly timestampType: TimestampType
  /** Records may be this much older than the broker's clock (message.timestamp.before.max.ms). */
  readonly timestampBeforeMaxMs: number
  /** Records may be this much ahead of the broker's clock (message.timestamp.after.max.ms). */
  readonly timestampAfterMaxMs: number
  readonly cleanupPolicy: readonly CleanupPolicy[]
  readonly durability: Durability
  /** Files of deleted segments and logs are unlinked this much later (file.delete.delay.ms). */
  readonly fileDeleteDelayMs: number
  /** Background sync after so many records, for durability "os" (flush.messages). */
  readonly flushMessages: number
  /** Background sync this long after an append, for durability "os" (flush.ms). */
  readonly flushMs: number
  /** Gives a new segment all of its disk space at once (preallocate). */
  readonly preallocate: boolean
  /** A producer that was silent for this long is forgotten (producer.id.expiration.ms). */
  readonly producerIdExpirationMs: number
}

/** No limit worth the name: Kafka's default is 2^63-1 here. */
const UNLIMITED = Number.MAX_SAFE_INTEGER

/** Apache Kafka's defaults, but for the durability, which is ours. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  indexMaxBytes: 10_485_760,
  maxMessageBytes: 1_048_588,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  timestampType: "CreateTime",
  timestampBeforeMaxMs: UNLIMITED,
  timestampAfterMaxMs: 3_600_000,
  cleanupPolicy: ["delete"],
  durability: "fsync",
  fileDeleteDelayMs: 60_000,
  flushMessages: UNLIMITED,
  flushMs: UNLIMITED,
  preallocate: false,
  producerIdExpirationMs: 86_400_000,
}
