/**
 * CRC-32C (Castagnoli) without native code: slicing-by-16. The broker uses `Os.crc32c`; this is for
 * clients and for the portable house.
 *
 * Sixteen tables of 256 entries: table k holds the CRC of a byte followed by k zero bytes, so that
 * sixteen bytes are folded in by sixteen independent look-ups.
 */

const POLYNOMIAL = 0x82f63b78 // Castagnoli, bits reversed
const SLICES = 16

const table = makeTable()

/** CRC-32C of `bytes[start, start + length)` as an unsigned number. */
export function crc32c(bytes: Uint8Array, start: number, length: number): number {
  const t = table
  const end = start + length
  let crc = ~0
  let at = start
  for (const sliced = end - (SLICES - 1); at < sliced; at += SLICES) {
    crc =
      t[0xf00 | (bytes[at]! ^ (crc & 0xff))]! ^
      t[0xe00 | (bytes[at + 1]! ^ ((crc >>> 8) & 0xff))]! ^
      t[0xd00 | (bytes[at + 2]! ^ ((crc >>> 16) & 0xff))]! ^
      t[0xc00 | (bytes[at + 3]! ^ (crc >>> 24))]! ^
      t[0xb00 | bytes[at + 4]!]! ^
      t[0xa00 | bytes[at + 5]!]! ^
      t[0x900 | bytes[at + 6]!]! ^
      t[0x800 | bytes[at + 7]!]! ^
      t[0x700 | bytes[at + 8]!]! ^
      t[0x600 | bytes[at + 9]!]! ^
      t[0x500 | bytes[at + 10]!]! ^
      t[0x400 | bytes[at + 11]!]! ^
      t[0x300 | bytes[at + 12]!]! ^
      t[0x200 | bytes[at + 13]!]! ^
      t[0x100 | bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTable(): Int32Array {
  const tables = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
    tables[byte] = crc
  }
  for (let at = 256; at < tables.length; at++) {
    const shorter = tables[at - 256]!
    tables[at] = (shorter >>> 8) ^ tables[shorter & 0xff]!
  }
  return tables
}
