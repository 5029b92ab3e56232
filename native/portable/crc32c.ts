/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) by slicing: sixteen bytes per step through
 * sixteen tables of 256 entries, the rest byte by byte.
 */
const POLYNOMIAL = 0x82f63b78
const SLICES = 16

const tables = buildTables()

/** CRC-32C of `bytes[start, start + length)`, unsigned. */
export function crc32c(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length
  if (start < 0 || length < 0 || end > bytes.length) throw new RangeError("crc32c: out of bounds")
  const t = tables
  let crc = -1
  let at = start
  for (const lastStep = end - SLICES; at <= lastStep; at += SLICES) {
    crc =
      t[3840 + (bytes[at]! ^ (crc & 255))]! ^
      t[3584 + (bytes[at + 1]! ^ ((crc >>> 8) & 255))]! ^
      t[3328 + (bytes[at + 2]! ^ ((crc >>> 16) & 255))]! ^
      t[3072 + (bytes[at + 3]! ^ (crc >>> 24))]! ^
      t[2816 + bytes[at + 4]!]! ^
      t[2560 + bytes[at + 5]!]! ^
      t[2304 + bytes[at + 6]!]! ^
      t[2048 + bytes[at + 7]!]! ^
      t[1792 + bytes[at + 8]!]! ^
      t[1536 + bytes[at + 9]!]! ^
      t[1280 + bytes[at + 10]!]! ^
      t[1024 + bytes[at + 11]!]! ^
      t[768 + bytes[at + 12]!]! ^
      t[512 + bytes[at + 13]!]! ^
      t[256 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Table k maps a byte to its effect when k more bytes follow it in the step. */
function buildTables(): Int32Array {
  const built = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    built[byte] = crc
  }
  for (let at = 256; at < built.length; at++) {
    const previous = built[at - 256]!
    built[at] = (previous >>> 8) ^ built[previous & 255]!
  }
  return built
}
