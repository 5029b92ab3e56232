/**
 * The record batch, version 2: field access over bytes in place. Big-endian.
 *
 *    0  baseOffset (8)         12  partitionLeaderEpoch (4)   16  magic (1) = 2
 *    8  length (4), of 12..    17  crc (4), of 21..           21  attributes (2)
 *   23  lastOffsetDelta (4)    27  baseTimestamp (8)          35  maxTimestamp (8)
 *   43  producerId (8)         51  producerEpoch (2)          53  baseSequence (4)
 *   57  recordCount (4)        61  records, compressed as attributes say
 *   attributes:  compression (bits 0-2) | timestampType (3) | transactional (4) | control (5)
 *
 * 1. Nothing here checks bounds: `at + BATCH_OVERHEAD` lies within `bytes` (see `batchLengthAt`).
 * 2. baseOffset and partitionLeaderEpoch lie outside the CRC, so a broker may stamp them in place.
 */

/** Bytes of a batch without records. */
export const BATCH_OVERHEAD = 61
/** Bytes in front of the part that the length field counts: base offset and the length itself. */
export const LOG_OVERHEAD = 12
/** The only magic this broker stores and its clients read. */
export const MAGIC = 2

/** Where the fields stand, relative to the start of a batch. */
export const BatchField = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

const COMPRESSION_MASK = 0x07
const TIMESTAMP_TYPE_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

/** Whose clock the timestamps are from: the producer's or the broker's. */
export type TimestampType = "CreateTime" | "LogAppendTime"

/** Reads an int16. */
export function int16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

/** Reads an int32. */
export function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Reads an int64 as a number; beyond 2^53 it is rounded. */
export function int64At(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) * 4294967296 + (int32At(bytes, at + 4) >>> 0)
}

/** Writes an int16. */
export function setInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

/** Writes an int32 (or uint32). */
export function setInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

/** Writes an int64; `value` is an integer within 2^53. */
export function setInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 4294967296)
  setInt32(bytes, at, high)
  setInt32(bytes, at + 4, value - high * 4294967296)
}

/** Bytes of the whole batch, header included (12 + the length field). */
export function batchLength(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.length) + LOG_OVERHEAD
}
/** Offset of the first record (of the first that was there, where the log was compacted). */
export function baseOffset(bytes: Uint8Array, at: number): number {
  return int64At(bytes, at)
}
/** Epoch of the leader that appended the batch; -1 when it comes from a producer. */
export function leaderEpoch(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.leaderEpoch)
}
/** Version of the format. */
export function magic(bytes: Uint8Array, at: number): number {
  return bytes[at + BatchField.magic]!
}
/** CRC-32C of everything from the attributes on, as an unsigned number. */
export function crc(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.crc) >>> 0
}
/** The attribute bits; see `compressionOf` and the others below. */
export function attributes(bytes: Uint8Array, at: number): number {
  return int16At(bytes, at + BatchField.attributes)
}
/** Offset of the last record minus the base offset. */
export function lastOffsetDelta(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.lastOffsetDelta)
}
/** Offset of the last record. */
export function lastOffset(bytes: Uint8Array, at: number): number {
  return int64At(bytes, at) + int32At(bytes, at + BatchField.lastOffsetDelta)
}
/** Timestamp that those of the records are relative to. */
export function baseTimestamp(bytes: Uint8Array, at: number): number {
  return int64At(bytes, at + BatchField.baseTimestamp)
}
/** Largest timestamp of the batch; the append time for LogAppendTime. */
export function maxTimestamp(bytes: Uint8Array, at: number): number {
  return int64At(bytes, at + BatchField.maxTimestamp)
}
/** Id of the idempotent producer, or -1. */
export function producerId(bytes: Uint8Array, at: number): number {
  return int64At(bytes, at + BatchField.producerId)
}
/** Epoch of the idempotent producer, or -1. */
export function producerEpoch(bytes: Uint8Array, at: number): number {
  return int16At(bytes, at + BatchField.producerEpoch)
}
/** Sequence number of the first record, or -1. */
export function baseSequence(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.baseSequence)
}
/** Number of records that follow. */
export function recordCount(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at + BatchField.recordCount)
}

/** Id of the codec the records are compressed with: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
export function compressionOf(attributes: number): number {
  return attributes & COMPRESSION_MASK
}
/** Whose clock the timestamps are from. */
export function timestampType(attributes: number): TimestampType {
  return attributes & TIMESTAMP_TYPE_BIT ? "LogAppendTime" : "CreateTime"
}
/** Whether the batch belongs to a transaction. */
export function isTransactional(attributes: number): boolean {
  return (attributes & TRANSACTIONAL_BIT) !== 0
}
/** Whether the batch holds a control record (a transaction marker) that consumers never see. */
export function isControl(attributes: number): boolean {
  return (attributes & CONTROL_BIT) !== 0
}

/** Puts attribute bits together. */
export function packAttributes(options: {
  compression: number
  timestampType: TimestampType
  isTransactional: boolean
  isControl: boolean
}): number {
  return (
    options.compression |
    (options.timestampType === "LogAppendTime" ? TIMESTAMP_TYPE_BIT : 0) |
    (options.isTransactional ? TRANSACTIONAL_BIT : 0) |
    (options.isControl ? CONTROL_BIT : 0)
  )
}

/** Stamps the base offset; outside the CRC. */
export function setBaseOffset(bytes: Uint8Array, at: number, offset: number): void {
  setInt64(bytes, at, offset)
}
/** Stamps the leader epoch; outside the CRC. */
export function setLeaderEpoch(bytes: Uint8Array, at: number, epoch: number): void {
  setInt32(bytes, at + BatchField.leaderEpoch, epoch)
}
/** Writes the CRC, an unsigned number. */
export function setCrc(bytes: Uint8Array, at: number, value: number): void {
  setInt32(bytes, at + BatchField.crc, value)
}
/** Makes the batch LogAppendTime with this instant. The CRC has to be written anew. */
export function setLogAppendTime(bytes: Uint8Array, at: number, appendedAt: number): void {
  const bits = attributes(bytes, at) | TIMESTAMP_TYPE_BIT
  setInt16(bytes, at + BatchField.attributes, bits)
  setInt64(bytes, at + BatchField.maxTimestamp, appendedAt)
}
/** Writes the largest timestamp. The CRC has to be written anew. */
export function setMaxTimestamp(bytes: Uint8Array, at: number, timestamp: number): void {
  setInt64(bytes, at + BatchField.maxTimestamp, timestamp)
}

/** `batchLengthAt`: not all of the batch is there. */
export const INCOMPLETE = 0
/** `batchLengthAt`: the length field holds what no batch can have. */
export const MALFORMED = -1

/**
 * Length of the batch at `at` when all of it lies before `end`; else INCOMPLETE, or MALFORMED when
 * its length field is smaller than a batch without records.
 */
export function batchLengthAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < LOG_OVERHEAD) return INCOMPLETE
  const length = batchLength(bytes, at)
  if (length < BATCH_OVERHEAD) return MALFORMED
  return length <= end - at ? length : INCOMPLETE
}

/** Positions of the whole batches in `bytes[start, end)`; ends before one that is cut short. */
export function* batches(bytes: Uint8Array, start: number, end: number): Generator<number> {
  for (let at = start; ; ) {
    const length = batchLengthAt(bytes, at, end)
    if (length <= 0) return
    yield at
    at += length
  }
}
