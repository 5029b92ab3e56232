/**
 * Reads a frame that a stranger wrote. Every read is checked against the end of the frame; what
 * does not fit is a `DecodeError`, never a RangeError, never a large allocation.
 *
 * 1. A length or count is compared with the bytes left before anything is allocated for it.
 * 2. Elements of all arrays of one frame together are at most `maxElements`.
 * 3. Byte fields are views of the frame, not copies.
 */
import { TextCache, UuidCache } from "./text-cache.ts"

/** Longest string that Kafka's own codec reads or writes, in bytes. */
export const MAX_STRING_BYTES = 0x7fff
/** Elements of all arrays of one frame, unless the reader is given another limit: some 100 MB of
 *  objects at worst. */
export const MAX_FRAME_ELEMENTS = 1 << 20

const EMPTY = Buffer.alloc(0)
// Shared by all readers: what a cache gives depends on the bytes alone.
const texts = new TextCache()
const uuids = new UuidCache()

/** The bytes are not what they claim to be: truncated, negative, or too large. */
export class DecodeError extends Error {
  override readonly name = "DecodeError"
  /** Bytes from the start of the frame to the place of the failure. */
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} at byte ${position}`)
    this.position = position
  }
}

/** A cursor over `bytes[start, end)`; one reader serves frame after frame. */
export class Reader {
  /** Place of the next byte in `bytes`. */
  position = 0
  bytes: Buffer = EMPTY
  private start = 0
  private end = 0
  private elementsLeft = 0
  private readonly maxElements: number

  constructor(maxElements = MAX_FRAME_ELEMENTS) {
    this.maxElements = maxElements
  }

  /** Starts over at a new frame. */
  reset(bytes: Buffer, start = 0, end = bytes.length): this {
    if (start < 0 || end < start || end > bytes.length) throw new RangeError("frame out of bounds")
    this.bytes = bytes
    this.position = this.start = start
    this.end = end
    this.elementsLeft = this.maxElements
    return this
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.end - this.position
  }

  int8(): number {
    const at = this.take(1)
    return (this.bytes[at]! << 24) >> 24
  }

  bool(): boolean {
    const at = this.take(1)
    return this.bytes[at] !== 0
  }

  int16(): number {
    const at = this.take(2)
    const b = this.bytes
    return ((b[at]! << 24) | (b[at + 1]! << 16)) >> 16
  }

  uint16(): number {
    const at = this.take(2)
    const b = this.bytes
    return (b[at]! << 8) | b[at + 1]!
  }

  int32(): number {
    const at = this.take(4)
    const b = this.bytes
    return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  int64(): number {
    const high = this.int32()
    const low = this.int32() >>> 0
    if (high >= 0x200000 || high < -0x200000) this.fail("integer beyond 2^53", 8)
    return high * 0x1_0000_0000 + low
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.take(8))
  }

  uuid(): string {
    const at = this.take(16)
    return uuids.read(this.bytes, at)
  }

  /** An unsigned variable-length integer of at most five bytes, at most 2^32 - 1. */
  varuint(): number {
    const first = this.bytes[this.take(1)]!
    return first < 0x80 ? first : this.longVaruint(first)
  }

  private longVaruint(first: number): number {
    let value = first & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.bytes[this.take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    const last = this.bytes[this.take(1)]!
    if (last > 0x0f) this.fail("variable-length integer beyond 32 bits", 5)
    return (value | (last << 28)) >>> 0
  }

  string(): string {
    return this.text(this.int16())
  }

  nullableString(): string | null {
    const length = this.int16()
    return length === -1 ? null : this.text(length)
  }

  compactString(): string {
    return this.text(this.varuint() - 1)
  }

  compactNullableString(): string | null {
    const length = this.varuint() - 1
    return length === -1 ? null : this.text(length)
  }

  bytes32(): Buffer {
    return this.view(this.int32())
  }

  nullableBytes32(): Buffer | null {
    const length = this.int32()
    return length === -1 ? null : this.view(length)
  }

  compactBytes(): Buffer {
    return this.view(this.varuint() - 1)
  }

  compactNullableBytes(): Buffer | null {
    const length = this.varuint() - 1
    return length === -1 ? null : this.view(length)
  }

  /** Number of elements that follow, each of at least `minBytes` bytes. */
  count(minBytes: number): number {
    return this.elements(this.int32(), minBytes)
  }

  /** As `count`, or -1 for null. */
  nullableCount(minBytes: number): number {
    const count = this.int32()
    return count === -1 ? -1 : this.elements(count, minBytes)
  }

  compactCount(minBytes: number): number {
    return this.elements(this.varuint() - 1, minBytes)
  }

  compactNullableCount(minBytes: number): number {
    const count = this.varuint() - 1
    return count === -1 ? -1 : this.elements(count, minBytes)
  }

  /** Whether a nullable struct follows. */
  present(): boolean {
    return this.int8() >= 0
  }

  /** Skips a section of tagged fields of which none is known. */
  skipTags(): void {
    for (let left = this.varuint(); left > 0; left--) {
      this.varuint()
      this.skip(this.varuint())
    }
  }

  skip(length: number): void {
    this.take(length)
  }

  /** Checks that a known tagged field, `length` bytes from `from`, was read to its last byte. */
  endTag(from: number, length: number): void {
    if (this.position - from !== length) this.fail(`tagged field is not ${length} bytes long`, 0)
  }

  /** Throws a `DecodeError` for a place `back` bytes before this one. */
  fail(reason: string, back = 0): never {
    throw new DecodeError(reason, this.position - back - this.start)
  }

  private take(length: number): number {
    const at = this.position
    const next = at + length
    if (next > this.end) this.truncated(length)
    this.position = next
    return at
  }

  private truncated(length: number): never {
    this.fail(`${length} bytes wanted, ${this.remaining} left`)
  }

  private text(length: number): string {
    if (length < 0) this.fail(length === -1 ? "null where none is allowed" : "negative length")
    if (length > MAX_STRING_BYTES) this.fail(`string of ${length} bytes`)
    const at = this.take(length)
    return texts.read(this.bytes, at, length)
  }

  private view(length: number): Buffer {
    if (length < 0) this.fail(length === -1 ? "null where none is allowed" : "negative length")
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }

  private elements(count: number, minBytes: number): number {
    if (count < 0) this.fail(count === -1 ? "null where none is allowed" : "negative count")
    if (count * minBytes > this.remaining) {
      this.fail(`${count} elements in ${this.remaining} bytes`)
    }
    if (count > this.elementsLeft) this.fail(`more than ${this.maxElements} elements`)
    this.elementsLeft -= count
    return count
  }
}
