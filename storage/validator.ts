/**
 * Checks incoming batches by their headers and the framing of their records, and stamps the append
 * time. The checksum is compared by the native append, in the same pass over the bytes.
 *
 * Compressed records are not opened, except where the topic is compacted (every record needs a
 * key): a broker that stores bytes verbatim has no other reason to. Kafka does open them.
 */
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { BatchError, RecordCursor } from "../protocol/records/record.ts"
import { type BatchToAppend, type Refusal, refuse } from "./append-result.ts"
import type { LogConfig } from "./log-config.ts"

/** Largest codec id: zstd. */
const LAST_CODEC = 4
/** Record errors reported for one batch. */
const MAX_RECORD_ERRORS = 100

/** Why this batch cannot be stored; undefined when it can (but for its checksum). */
export function findFault(
  append: BatchToAppend,
  config: LogConfig,
  nowMs: number,
): Refusal | undefined {
  const { bytes, start, length } = append
  if (length < batch.BATCH_OVERHEAD || batch.batchLength(bytes, start) !== length)
    return refuse("corrupt-batch", `a batch of ${length} bytes whose header says otherwise`)
  if (batch.magic(bytes, start) !== batch.MAGIC)
    return refuse("unsupported-magic", `message format ${batch.magic(bytes, start)}, not 2`)
  if (length > config.maxMessageBytes)
    return refuse("record-too-large", `${length} bytes, the topic takes ${config.maxMessageBytes}`)
  const count = batch.recordCount(bytes, start)
  if (count <= 0 || batch.lastOffsetDelta(bytes, start) !== count - 1)
    return refuse("invalid-record", `a batch of ${count} records whose offsets do not fit`)
  const attributes = batch.attributes(bytes, start)
  const codec = batch.compressionOf(attributes)
  if (codec > LAST_CODEC) return refuse("invalid-record", `unknown compression type ${codec}`)
  if (codec === 0 && !hasSoundFraming(bytes, start, length))
    return refuse("invalid-record", "the records do not fit their batch")
  return append.origin === "client" ? findClientFault(append, config, nowMs) : undefined
}

/** What only clients are not allowed. */
function findClientFault(
  append: BatchToAppend,
  config: LogConfig,
  nowMs: number,
): Refusal | undefined {
  const { bytes, start } = append
  const attributes = batch.attributes(bytes, start)
  if (batch.isControl(attributes))
    return refuse("invalid-record", "clients are not allowed to write control records")
  if (batch.producerId(bytes, start) >= 0 && batch.baseSequence(bytes, start) < 0)
    return refuse("invalid-record", "a producer id without a sequence number")
  if (config.timestampType === "CreateTime") {
    const fault = findTimestampFault(append, config, nowMs)
    if (fault !== undefined) return fault
  }
  return config.cleanupPolicy.includes("compact") ? findKeylessRecords(append) : undefined
}

function findTimestampFault(
  append: BatchToAppend,
  config: LogConfig,
  nowMs: number,
): Refusal | undefined {
  const { bytes, start } = append
  if (batch.timestampType(batch.attributes(bytes, start)) !== "CreateTime")
    return refuse("invalid-timestamp", "a producer must not set the timestamp type LogAppendTime")
  const last = batch.maxTimestamp(bytes, start)
  if (last - nowMs > config.timestampAfterMaxMs)
    return refuse("invalid-timestamp", `timestamp ${last} is too far ahead of ${nowMs}`)
  const first = batch.baseTimestamp(bytes, start)
  if (first >= 0 && nowMs - first > config.timestampBeforeMaxMs)
    return refuse("invalid-timestamp", `timestamp ${first} is too far behind ${nowMs}`)
  return undefined
}

function findKeylessRecords({ bytes, start }: BatchToAppend): Refusal | undefined {
  const recordErrors = []
  try {
    const cursor = new RecordCursor(bytes, start)
    const message = "a compacted topic takes no record without a key"
    for (let batchIndex = 0; cursor.next(); batchIndex++) {
      const isListed = recordErrors.length < MAX_RECORD_ERRORS
      if (cursor.keyLength < 0 && isListed) recordErrors.push({ batchIndex, message })
    }
  } catch (error) {
    if (error instanceof BatchError) return refuse("invalid-record", error.message)
    throw error
  }
  if (recordErrors.length === 0) return undefined
  return { ok: false, reason: "invalid-record", message: recordErrors[0]!.message, recordErrors }
}

/**
 * Whether the records of an uncompressed batch lie one behind the other and fill it exactly, with
 * offset deltas 0, 1, 2... Keys, values and headers are not looked into: 10 ns per record.
 */
export function hasSoundFraming(bytes: Uint8Array, start: number, length: number): boolean {
  const count = batch.recordCount(bytes, start)
  const end = start + length
  let at = start + batch.BATCH_OVERHEAD
  for (let index = 0; index < count; index++) {
    // The record's length: a zigzag varint, even because it is not negative.
    let byte = at < end ? bytes[at++]! : 1
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28 || at >= end) return false
      byte = bytes[at++]!
      raw |= (byte & 0x7f) << shift
    }
    const recordEnd = at + (raw >>> 1)
    if ((raw & 1) !== 0 || recordEnd > end) return false
    at++ // attributes
    while (at < recordEnd && bytes[at]! >= 0x80) at++ // timestamp delta
    at++
    // The offset delta, zigzag: twice the index.
    let delta = 0
    for (let shift = 0; ; shift += 7) {
      if (shift > 28 || at >= recordEnd) return false
      byte = bytes[at++]!
      delta |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    if (delta >>> 0 !== index * 2) return false
    at = recordEnd
  }
  return at === end
}

/**
 * Gives a batch the broker's time. Attributes and largest timestamp lie inside the checksum, so the
 * producer's is compared first and a new one written; false when it was wrong.
 */
export function stampAppendTime(os: Os, append: BatchToAppend, nowMs: number): boolean {
  const { bytes, start, length } = append
  const from = start + batch.BatchField.attributes
  const covered = length - batch.BatchField.attributes
  if (os.crc32c(bytes, from, covered) !== batch.crc(bytes, start)) return false
  batch.setLogAppendTime(bytes, start, nowMs)
  batch.setCrc(bytes, start, os.crc32c(bytes, from, covered))
  return true
}
