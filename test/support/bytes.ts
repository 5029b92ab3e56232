/** Bytes that tell by themselves whether they came in the right order. */

const PERIOD = 251

/** `length` bytes whose values follow from their position, counted from `start`. */
export function patterned(length: number, start = 0): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at++) bytes[at] = (start + at + ((start + at) >> 8)) % PERIOD
  return bytes
}

/** A frame: length prefix and bytes. */
export function framed(bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(bytes.length)
  return Buffer.concat([prefix, bytes])
}
