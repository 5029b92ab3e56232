/**
 * Collects a frame as parts: bytes written here, and large buffers and file slices that are only
 * referred to, in order.
 *
 * 1. Small bytes go into one buffer that the next frame uses again. So whoever gets the parts has
 *    sent or copied them before the writer is reset.
 * 2. A value that does not fit its field is a bug of the caller and throws a RangeError.
 */
import type { Part } from "./part.ts"
import { MAX_STRING_BYTES } from "./reader.ts"
import { ZERO_UUID } from "./schema.ts"

/** Byte fields at least this long are referred to, shorter ones are copied. */
export const REFERENCE_BYTES = 4096
const HEAD_BYTES = 16 * 1024
const CHUNK_BYTES = 64 * 1024
/** Strings up to this long are tried as ASCII, character by character. */
const SHORT_TEXT = 64

const BASE64URL = base64urlValues()

/** Builds one frame after another. */
export class Writer {
  /** Bytes in all parts so far, file slices included. */
  get length(): number {
    return this.sealedLength + this.position - this.start
  }

  private readonly head = Buffer.allocUnsafeSlow(HEAD_BYTES)
  private bytes = this.head
  private capacity = HEAD_BYTES
  private start = 0
  private position = 0
  private parts: Part[] = []
  private sealedLength = 0
  private nested: Writer | undefined

  /** Starts over. Parts given out before are no longer valid. */
  reset(): this {
    this.bytes = this.head
    this.capacity = HEAD_BYTES
    this.start = this.position = this.sealedLength = 0
    if (this.parts.length > 0) this.parts = []
    return this
  }

  /** What has been written, in order. Valid until the next `reset`. */
  finish(): Part[] {
    this.seal()
    return this.parts
  }

  /** The buffer that holds all of the frame from its byte 0 to `length`, when it is in one piece:
   *  spares the caller a view. Undefined when there are several parts. */
  get single(): Buffer | undefined {
    return this.sealedLength === 0 ? this.head : undefined
  }

  /** Overwrites four of the first bytes written, which must be in the head buffer. */
  patchInt32(at: number, value: number): void {
    this.head.writeInt32BE(value, at)
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) this.misfit("int8", value)
    if (this.position >= this.capacity) this.grow(1)
    this.bytes[this.position++] = value
  }

  bool(value: boolean): void {
    if (typeof value !== "boolean") this.misfit("bool", value)
    if (this.position >= this.capacity) this.grow(1)
    this.bytes[this.position++] = value ? 1 : 0
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) this.misfit("int16", value)
    this.put16(value)
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) this.misfit("uint16", value)
    this.put16(value)
  }

  int32(value: number): void {
    if ((value | 0) !== value) this.misfit("int32", value)
    this.put32(value)
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) this.misfit("uint32", value)
    this.put32(value | 0)
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) this.misfit("int64", value)
    const high = Math.floor(value / 0x1_0000_0000)
    this.put32(high)
    this.put32(value - high * 0x1_0000_0000)
  }

  float64(value: number): void {
    if (typeof value !== "number") this.misfit("float64", value)
    if (this.position + 8 > this.capacity) this.grow(8)
    this.position = this.bytes.writeDoubleBE(value, this.position)
  }

  varuint(value: number): void {
    if (this.position + 5 > this.capacity) this.grow(5)
    while (value > 0x7f) {
      this.bytes[this.position++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    this.bytes[this.position++] = value
  }

  uuid(text: string): void {
    if (text.length !== 22) this.misfit("uuid", text)
    if (this.position + 16 > this.capacity) this.grow(16)
    if (text === ZERO_UUID) {
      this.bytes.fill(0, this.position, this.position + 16)
      this.position += 16
      return
    }
    this.putUuid(text)
  }

  string(text: string): void {
    const length = text.length
    if (length <= SHORT_TEXT) {
      if (this.position + SHORT_TEXT + 2 > this.capacity) this.grow(SHORT_TEXT + 2)
      if (this.putAscii(text, this.position + 2)) {
        this.bytes[this.position - length - 2] = 0
        this.bytes[this.position - length - 1] = length
        return
      }
    }
    const byteLength = textLength(text)
    this.put16(byteLength)
    this.putText(text, byteLength)
  }

  nullableString(text: string | null): void {
    if (text === null) this.put16(-1)
    else this.string(text)
  }

  compactString(text: string): void {
    const length = text.length
    if (length <= SHORT_TEXT) {
      if (this.position + SHORT_TEXT + 1 > this.capacity) this.grow(SHORT_TEXT + 1)
      if (this.putAscii(text, this.position + 1)) {
        this.bytes[this.position - length - 1] = length + 1
        return
      }
    }
    const byteLength = textLength(text)
    this.varuint(byteLength + 1)
    this.putText(text, byteLength)
  }

  compactNullableString(text: string | null): void {
    if (text === null) this.varuint(0)
    else this.compactString(text)
  }

  bytes32(value: Uint8Array): void {
    this.put32(value.length)
    this.raw(value)
  }

  nullableBytes32(value: Uint8Array | null): void {
    if (value === null) this.put32(-1)
    else this.bytes32(value)
  }

  compactBytes(value: Uint8Array): void {
    this.varuint(value.length + 1)
    this.raw(value)
  }

  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.varuint(0)
    else this.compactBytes(value)
  }

  records32(value: Part | readonly Part[] | null): void {
    this.put32(value === null ? -1 : partsLength(value))
    if (value !== null) this.rawParts(value)
  }

  compactRecords(value: Part | readonly Part[] | null): void {
    this.varuint(value === null ? 0 : partsLength(value) + 1)
    if (value !== null) this.rawParts(value)
  }

  /** Number of elements that follow. */
  count(count: number): void {
    this.put32(count)
  }

  compactCount(count: number): void {
    this.varuint(count + 1)
  }

  /** Whether a nullable struct follows. */
  present(isPresent: boolean): void {
    this.int8(isPresent ? 1 : -1)
  }

  /** Bytes without a length in front: referred to when large, else copied. */
  raw(value: Uint8Array): void {
    const length = value.length
    if (length >= REFERENCE_BYTES) {
      this.refer(value)
      return
    }
    if (this.position + length > this.capacity) this.grow(length)
    this.bytes.set(value, this.position)
    this.position += length
  }

  /** A writer for a piece whose length goes in front of it. */
  beginNested(): Writer {
    return (this.nested ??= new Writer()).reset()
  }

  /** Takes over what `beginNested` gave, with its length in front. */
  endNested(nested: Writer): void {
    this.varuint(nested.length)
    for (const part of nested.finish()) {
      if (part instanceof Uint8Array) this.raw(part)
      else this.refer(part)
    }
  }

  private rawParts(value: Part | readonly Part[]): void {
    if (Array.isArray(value)) for (const part of value) this.rawParts(part)
    else if (value instanceof Uint8Array) this.raw(value)
    else this.refer(value as Part)
  }

  private refer(part: Part): void {
    this.seal()
    this.parts.push(part)
    this.sealedLength += part.length
  }

  private seal(): void {
    if (this.position === this.start) return
    this.parts.push(this.bytes.subarray(this.start, this.position))
    this.sealedLength += this.position - this.start
    this.start = this.position
  }

  private grow(length: number): void {
    this.seal()
    this.capacity = Math.max(CHUNK_BYTES, length)
    this.bytes = Buffer.allocUnsafeSlow(this.capacity)
    this.start = this.position = 0
  }

  private put16(value: number): void {
    if (this.position + 2 > this.capacity) this.grow(2)
    const bytes = this.bytes
    const at = this.position
    bytes[at] = value >> 8
    bytes[at + 1] = value
    this.position = at + 2
  }

  private put32(value: number): void {
    if (this.position + 4 > this.capacity) this.grow(4)
    const bytes = this.bytes
    const at = this.position
    bytes[at] = value >> 24
    bytes[at + 1] = value >> 16
    bytes[at + 2] = value >> 8
    bytes[at + 3] = value
    this.position = at + 4
  }

  /** Writes the characters at `at` if all are ASCII, and then stands behind them. */
  private putAscii(text: string, at: number): boolean {
    const bytes = this.bytes
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[at + i] = code
    }
    this.position = at + text.length
    return true
  }

  private putText(text: string, byteLength: number): void {
    if (this.position + byteLength > this.capacity) this.grow(byteLength)
    this.position += this.bytes.write(text, this.position)
  }

  private putUuid(text: string): void {
    let bits = 0
    let held = 0
    let at = this.position
    for (let i = 0; i < 22; i++) {
      const value = BASE64URL[text.charCodeAt(i)] ?? -1
      if (value < 0) this.misfit("uuid", text)
      bits = ((bits << 6) | value) & 0x3fff
      held += 6
      if (held >= 8) {
        held -= 8
        this.bytes[at++] = bits >> held
      }
    }
    this.position = at
  }

  private misfit(kind: string, value: unknown): never {
    throw new RangeError(`not a value for ${kind}: ${String(value)}`)
  }
}

function textLength(text: string): number {
  const length = Buffer.byteLength(text)
  if (length > MAX_STRING_BYTES) throw new RangeError(`string of ${length} bytes`)
  return length
}

function partsLength(value: Part | readonly Part[]): number {
  if (!Array.isArray(value)) return (value as Part).length
  let length = 0
  for (const part of value) length += part.length
  return length
}

function base64urlValues(): Int8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
}
