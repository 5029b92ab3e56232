/**
 * Records of a batch, read in place. All numbers are zigzag varints except the attributes.
 *
 *   length | attributes (1) | timestampDelta | offsetDelta | keyLength | key | valueLength | value
 *   | headerCount | { keyLength | key | valueLength | value } ...          length -1: null
 *
 * 1. Keys, values and header values are views of the batch (or of its decompressed copy): they live
 *    as long as somebody holds them, and change when the bytes below are reused.
 * 2. Every length is compared with the end of its record before it is used.
 */
import * as batch from "./batch.ts"
import { CompressionError, findCodec } from "./compression/index.ts"
import { crc32c } from "./crc32c.ts"

/** A header of a record. */
export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record as it stands in a log. */
export interface Record {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** How batches are read. */
export interface ReadOptions {
  /** Compares the checksum before anything else. Default false: off for trusted bytes. */
  checkCrc?: boolean
  /** Most bytes the records of one batch may expand to. Default 128 MiB. */
  limitBytes?: number
}

/** Default of `ReadOptions.limitBytes`. */
export const MAX_INFLATED_BYTES = 128 * 1024 * 1024

/** A batch that does not hold what it says. */
export class BatchError extends Error {
  override readonly name = "BatchError"
}

const NO_HEADERS: readonly RecordHeader[] = []
const SMALLEST_RECORD = 7 // seven fields, a byte each

/**
 * Walks the records of one batch without making an object per record: `next()` moves on and fills
 * the fields. For hot paths; `decodeRecords` is the comfortable form.
 */
export class RecordCursor {
  /** The bytes that the positions below point into. */
  bytes: Buffer
  offset = 0
  timestamp = 0
  keyStart = 0
  /** -1 for null. */
  keyLength = -1
  valueStart = 0
  /** -1 for null. */
  valueLength = -1
  headerCount = 0
  readonly recordCount: number
  readonly baseOffset: number
  #at: number
  #end: number
  #left: number
  #recordEnd = 0
  readonly #baseTimestamp: number
  /** -1 unless all records carry the append time. */
  readonly #appendTime: number

  /** `at` is the position of a whole batch (see `batchLengthAt`). Throws BatchError. */
  constructor(bytes: Buffer, at: number, options: ReadOptions = {}) {
    const length = checkBatch(bytes, at, options)
    const attributes = batch.attributes(bytes, at)
    const isAppendTime = batch.timestampType(attributes) === "LogAppendTime"
    this.recordCount = this.#left = batch.recordCount(bytes, at)
    this.baseOffset = batch.baseOffset(bytes, at)
    this.#baseTimestamp = batch.baseTimestamp(bytes, at)
    this.#appendTime = isAppendTime ? batch.maxTimestamp(bytes, at) : -1
    this.bytes = bytes
    this.#at = at + batch.BATCH_OVERHEAD
    this.#end = at + length
    const codecId = batch.compressionOf(attributes)
    if (codecId !== 0) {
      this.bytes = inflate(bytes.subarray(this.#at, this.#end), codecId, options)
      this.#at = 0
      this.#end = this.bytes.length
    }
    if (this.#left < 0 || this.#left > (this.#end - this.#at) / SMALLEST_RECORD)
      throw new BatchError(`${this.#end - this.#at} bytes cannot hold ${this.#left} records`)
  }

  /** Moves to the next record; false when there is none. Throws BatchError. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#at !== this.#end) throw new BatchError("bytes left after the last record")
      return false
    }
    this.#left--
    const length = this.#varint(this.#end)
    const end = this.#at + length
    if (length < 0 || end > this.#end) throw new BatchError("a record is cut short")
    this.#at++ // attributes, unused
    const timestampDelta = this.#varlong(end)
    this.timestamp = this.#appendTime >= 0 ? this.#appendTime : this.#baseTimestamp + timestampDelta
    this.offset = this.baseOffset + this.#varint(end)
    this.keyLength = this.#length(end)
    this.keyStart = this.#skip(this.keyLength)
    this.valueLength = this.#length(end)
    this.valueStart = this.#skip(this.valueLength)
    this.headerCount = this.#varint(end)
    this.#recordEnd = end
    if (this.headerCount !== 0) this.#skipHeaders(end)
    else if (this.#at !== end) throw new BatchError("bytes left at the end of a record")
    return true
  }

  /** Key of the present record. */
  key(): Buffer | null {
    return view(this.bytes, this.keyStart, this.keyLength)
  }

  /** Value of the present record. */
  value(): Buffer | null {
    return view(this.bytes, this.valueStart, this.valueLength)
  }

  /** Headers of the present record. */
  headers(): readonly RecordHeader[] {
    if (this.headerCount === 0) return NO_HEADERS
    const end = this.#recordEnd
    const headers: RecordHeader[] = []
    this.#at = this.#headersAt
    for (let left = this.headerCount; left > 0; left--) {
      const keyLength = this.#length(end)
      const keyStart = this.#skip(keyLength)
      const key = this.bytes.toString("utf8", keyStart, keyStart + keyLength)
      const valueLength = this.#length(end)
      headers.push({ key, value: view(this.bytes, this.#skip(valueLength), valueLength) })
    }
    return headers
  }

  #headersAt = 0

  /** Checks the headers, so that `headers()` cannot fail, and moves behind them. */
  #skipHeaders(end: number): void {
    this.#headersAt = this.#at
    if (this.headerCount < 0 || this.headerCount > (end - this.#at) / 2)
      throw new BatchError(`a record with ${this.headerCount} headers`)
    for (let left = this.headerCount; left > 0; left--) {
      const keyLength = this.#length(end)
      if (keyLength < 0) throw new BatchError("a header without key")
      this.#skip(keyLength)
      this.#skip(this.#length(end))
    }
    if (this.#at !== end) throw new BatchError("bytes left at the end of a record")
  }

  /** A length that fits before `end`, or -1. */
  #length(end: number): number {
    const length = this.#varint(end)
    if (length < -1 || length > end - this.#at)
      throw new BatchError(`a field of ${length} bytes where ${end - this.#at} are left`)
    return length
  }

  /** Moves over a field; where it started. */
  #skip(length: number): number {
    const start = this.#at
    if (length > 0) this.#at += length
    return start
  }

  #varint(end: number): number {
    const bytes = this.bytes
    let at = this.#at
    let byte = at < end ? bytes[at++]! : this.#truncated()
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28 || at >= end) this.#truncated()
      byte = bytes[at++]!
      raw |= (byte & 0x7f) << shift
    }
    this.#at = at
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** A varint of up to ten bytes as a number; beyond 2^53 it is rounded. */
  #varlong(end: number): number {
    const start = this.#at
    let low = 0
    let high = 0
    for (let index = 0; ; index++) {
      if (index === 10 || start + index >= end) this.#truncated()
      const byte = this.bytes[start + index]!
      if (index < 4) low |= (byte & 0x7f) << (7 * index)
      else high += (byte & 0x7f) * 2 ** (7 * (index - 4))
      if (byte < 0x80) {
        this.#at = start + index + 1
        break
      }
    }
    const half = high * 134217728 + (low >>> 1) // 2^28 / 2
    return low & 1 ? -half - 1 : half
  }

  #truncated(): never {
    throw new BatchError("a number is cut short or too long")
  }
}

function view(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}

/** Length of the batch at `at`, once its magic (and its checksum, where asked for) are right. */
function checkBatch(bytes: Buffer, at: number, options: ReadOptions): number {
  const length = batch.batchLengthAt(bytes, at, bytes.length)
  if (length === batch.INCOMPLETE) throw new BatchError("a batch is cut short")
  if (length === batch.MALFORMED) throw new BatchError("a batch shorter than its header")
  const magic = batch.magic(bytes, at)
  if (magic !== batch.MAGIC) throw new BatchError(`a batch of version ${magic}, not 2`)
  if (options.checkCrc) {
    const from = batch.BatchField.attributes
    const found = crc32c(bytes, at + from, length - from)
    if (found !== batch.crc(bytes, at)) throw new BatchError("a batch with a wrong checksum")
  }
  return length
}

function inflate(bytes: Buffer, codecId: number, options: ReadOptions): Buffer {
  const codec = findCodec(codecId)
  if (codec === undefined) throw new BatchError(`a batch compressed with unknown codec ${codecId}`)
  try {
    return codec.decompress(bytes, options.limitBytes ?? MAX_INFLATED_BYTES)
  } catch (cause) {
    if (cause instanceof CompressionError) throw new BatchError(cause.message, { cause })
    throw cause
  }
}

/** The records of the batch at `at`, one by one. Throws BatchError where the batch is damaged. */
export function* decodeRecords(
  bytes: Buffer,
  at: number,
  options?: ReadOptions,
): Generator<Record, void> {
  const cursor = new RecordCursor(bytes, at, options)
  while (cursor.next()) yield recordOf(cursor)
}

/** The record a cursor stands on, as an object. */
export function recordOf(cursor: RecordCursor): Record {
  return {
    offset: cursor.offset,
    timestamp: cursor.timestamp,
    key: cursor.key(),
    value: cursor.value(),
    headers: cursor.headers(),
  }
}

/**
 * All records of all whole batches in `bytes`, without those of control batches. What follows the
 * last whole batch is ignored (a fetch may end in the middle of one); a batch whose length field is
 * impossible throws BatchError.
 */
export function* readBatches(bytes: Buffer, options?: ReadOptions): Generator<Record, void> {
  for (let at = 0; ; ) {
    const length = batch.batchLengthAt(bytes, at, bytes.length)
    if (length === batch.INCOMPLETE) return
    if (length === batch.MALFORMED) throw new BatchError("a batch shorter than its header")
    if (!batch.isControl(batch.attributes(bytes, at))) yield* decodeRecords(bytes, at, options)
    at += length
  }
}
