/**
 * Makes a batch: records are written one behind the other into one growing buffer that has room for
 * the header in front, so that an uncompressed batch is never copied. See record.ts for the layout.
 */
import * as batch from "./batch.ts"
import { type Compression, codecNamed } from "./compression/index.ts"
import { crc32c } from "./crc32c.ts"

/** What makes a batch what it is; all have the defaults of a plain producer. */
export interface BatchOptions {
  compression?: Compression
  producerId?: number
  producerEpoch?: number
  baseSequence?: number
  isTransactional?: boolean
  isControl?: boolean
  timestampType?: batch.TimestampType
}

/** Key or value of a record to be written; strings are written as UTF-8. */
export type Bytes = Uint8Array | string | null

/** A record to be written. */
export interface NewRecord {
  key?: Bytes | undefined
  value?: Bytes | undefined
  headers?: readonly { readonly key: string; readonly value: Bytes }[] | undefined
  timestamp: number
}

/** Who sends a batch; a producer may learn it only when the batch is full. */
export interface ProducerState {
  producerId: number
  producerEpoch: number
  baseSequence: number
}

const INITIAL_BYTES = 1024
/** Up to this many characters a loop is quicker than a call into Buffer. */
const SHORT_STRING = 24

/** Collects records and makes one batch of them. */
export class BatchBuilder {
  readonly #options: BatchOptions
  #bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  #at = batch.BATCH_OVERHEAD
  #recordCount = 0
  #baseTimestamp = -1
  #maxTimestamp = -1

  constructor(options: BatchOptions = {}) {
    this.#options = options
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** Bytes the batch has without compression. */
  get sizeBytes(): number {
    return this.#at
  }

  /** Largest timestamp so far; -1 when there is no record. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Adds a record; its offset is the number of records before it. */
  append(record: NewRecord): void {
    const { key = null, value = null, headers, timestamp } = record
    if (this.#recordCount === 0) this.#baseTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    const keyLength = lengthOf(key)
    const valueLength = lengthOf(value)
    const headerCount = headers === undefined ? 0 : headers.length
    const headersLength = headerCount === 0 ? 0 : lengthOfHeaders(headers!)
    const length =
      1 +
      varlongSize(timestampDelta) +
      varintSize(this.#recordCount) +
      fieldSize(keyLength) +
      fieldSize(valueLength) +
      varintSize(headerCount) +
      headersLength
    this.#reserve(length + 5)
    this.#varint(length)
    this.#bytes[this.#at++] = 0 // attributes, unused
    this.#varlong(timestampDelta)
    this.#varint(this.#recordCount)
    this.#field(key, keyLength)
    this.#field(value, valueLength)
    this.#varint(headerCount)
    if (headerCount !== 0) {
      for (const header of headers!) {
        this.#field(header.key, lengthOf(header.key))
        this.#field(header.value, lengthOf(header.value))
      }
    }
    this.#recordCount++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /**
   * The batch: base offset 0, leader epoch -1, checksum set. Without compression it is a view of
   * the builder's buffer, so nothing may be appended afterwards.
   */
  build(producer: ProducerState = producerOf(this.#options)): Buffer {
    const { compression = "none" } = this.#options
    const codec = codecNamed(compression)
    let bytes = this.#bytes.subarray(0, this.#at)
    if (codec.id !== 0) {
      const records = codec.compress(bytes.subarray(batch.BATCH_OVERHEAD))
      bytes = Buffer.allocUnsafeSlow(batch.BATCH_OVERHEAD + records.length)
      bytes.set(records, batch.BATCH_OVERHEAD)
    }
    this.#writeHeader(bytes, codec.id, producer)
    return bytes
  }

  #writeHeader(bytes: Buffer, codecId: number, producer: ProducerState): void {
    const { BatchField } = batch
    const attributes = batch.packAttributes({
      compression: codecId,
      timestampType: this.#options.timestampType ?? "CreateTime",
      isTransactional: this.#options.isTransactional ?? false,
      isControl: this.#options.isControl ?? false,
    })
    batch.setInt64(bytes, BatchField.baseOffset, 0)
    batch.setInt32(bytes, BatchField.length, bytes.length - batch.LOG_OVERHEAD)
    batch.setInt32(bytes, BatchField.leaderEpoch, -1)
    bytes[BatchField.magic] = batch.MAGIC
    batch.setInt16(bytes, BatchField.attributes, attributes)
    batch.setInt32(bytes, BatchField.lastOffsetDelta, this.#recordCount - 1)
    batch.setInt64(bytes, BatchField.baseTimestamp, this.#baseTimestamp)
    batch.setInt64(bytes, BatchField.maxTimestamp, this.#maxTimestamp)
    batch.setInt64(bytes, BatchField.producerId, producer.producerId)
    batch.setInt16(bytes, BatchField.producerEpoch, producer.producerEpoch)
    batch.setInt32(bytes, BatchField.baseSequence, producer.baseSequence)
    batch.setInt32(bytes, BatchField.recordCount, this.#recordCount)
    const from = BatchField.attributes
    batch.setCrc(bytes, 0, crc32c(bytes, from, bytes.length - from))
  }

  /** Makes room for `length` more bytes. */
  #reserve(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
  }

  #field(content: Bytes, length: number): void {
    this.#varint(length)
    if (content === null || length === 0) return
    if (typeof content === "string") writeString(this.#bytes, this.#at, content, length)
    else this.#bytes.set(content, this.#at)
    this.#at += length
  }

  #varint(value: number): void {
    const bytes = this.#bytes
    let raw = ((value << 1) ^ (value >> 31)) >>> 0
    for (; raw >= 0x80; raw >>>= 7) bytes[this.#at++] = raw | 0x80
    bytes[this.#at++] = raw
  }

  #varlong(value: number): void {
    if (value === (value | 0)) {
      this.#varint(value)
      return
    }
    let raw = value < 0 ? -(value + 1) * 2 + 1 : value * 2
    for (; raw >= 0x80; raw = Math.floor(raw / 128)) this.#bytes[this.#at++] = (raw % 128) | 0x80
    this.#bytes[this.#at++] = raw
  }
}

function producerOf(options: BatchOptions): ProducerState {
  const { producerId = -1, producerEpoch = -1, baseSequence = -1 } = options
  return { producerId, producerEpoch, baseSequence }
}

/** Bytes of a key or value; -1 for null. */
function lengthOf(content: Bytes): number {
  if (content === null) return -1
  return typeof content === "string" ? Buffer.byteLength(content) : content.length
}

function lengthOfHeaders(headers: readonly { key: string; value: Bytes }[]): number {
  let length = 0
  for (const { key, value } of headers)
    length += fieldSize(lengthOf(key)) + fieldSize(lengthOf(value))
  return length
}

/** A string whose UTF-8 form is known to have `length` bytes. */
function writeString(bytes: Buffer, at: number, text: string, length: number): void {
  if (text.length !== length) bytes.write(text, at, length, "utf8")
  else if (length > SHORT_STRING) bytes.write(text, at, length, "latin1")
  else for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index)
}

function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x200000 ? 3 : raw < 0x10000000 ? 4 : 5
}

function varlongSize(value: number): number {
  if (value === (value | 0)) return varintSize(value)
  let size = 1
  for (let raw = value < 0 ? -(value + 1) * 2 + 1 : value * 2; raw >= 0x80; size++)
    raw = Math.floor(raw / 128)
  return size
}

/** A length and the bytes that follow it. */
function fieldSize(length: number): number {
  return varintSize(length) + Math.max(length, 0)
}
