/**
 * Remembers short texts by their bytes, since the same few topic names, client ids and topic ids
 * come in every request: comparing bytes is several times cheaper than making a string.
 *
 * 1. A cache is a table of fixed size with one candidate per slot: memory is bounded, and a
 *    stranger who fills it with other names costs only speed.
 * 2. What `read` returns depends on the bytes alone, never on the state of the cache.
 */
import { ZERO_UUID } from "./schema.ts"

/** Texts longer than this are not remembered. */
export const MAX_CACHED_TEXT_BYTES = 64
const SLOT_COUNT = 512

interface Text {
  readonly bytes: Uint8Array
  readonly text: string
}

/** Strings of up to 64 bytes. */
export class TextCache {
  private readonly slots: (Text | undefined)[] = new Array(SLOT_COUNT).fill(undefined)

  /** The UTF-8 text of `bytes[at, at + length)`. */
  read(bytes: Buffer, at: number, length: number): string {
    if (length === 0) return ""
    if (length > MAX_CACHED_TEXT_BYTES) return bytes.toString("utf8", at, at + length)
    const last = at + length - 1
    const mix = bytes[last]! + bytes[at]! * 7 + bytes[at + (length >> 1)]! * 31 + length * 61
    const slot = (mix + (length > 1 ? bytes[last - 1]! * 17 : 0)) & (SLOT_COUNT - 1)
    const known = this.slots[slot]
    if (known !== undefined && isSame(known.bytes, bytes, at, length)) return known.text
    const text = bytes.toString("utf8", at, at + length)
    this.slots[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, at, at + length), text }
    return text
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) {
    if (known[i] !== bytes[at + i]) return false
  }
  return true
}

interface Uuid {
  readonly words: readonly [number, number, number, number]
  readonly text: string
}

/** Sixteen-byte ids as 22 characters of base64url. */
export class UuidCache {
  private readonly slots: (Uuid | undefined)[] = new Array(SLOT_COUNT).fill(undefined)

  /** The text of the sixteen bytes at `at`. */
  read(bytes: Buffer, at: number): string {
    const a = word(bytes, at)
    const b = word(bytes, at + 4)
    const c = word(bytes, at + 8)
    const d = word(bytes, at + 12)
    if ((a | b | c | d) === 0) return ZERO_UUID
    const slot = (a ^ d) & (SLOT_COUNT - 1)
    const known = this.slots[slot]
    if (known !== undefined) {
      const words = known.words
      if (words[0] === a && words[1] === b && words[2] === c && words[3] === d) return known.text
    }
    const text = bytes.toString("base64url", at, at + 16)
    this.slots[slot] = { words: [a, b, c, d], text }
    return text
  }
}

function word(b: Uint8Array, at: number): number {
  return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
}
