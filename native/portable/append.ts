/**
 * Checks, stamps and writes one record batch in JavaScript.
 *
 *   base offset (8) | batch length (4) | leader epoch (4) | magic (1) | CRC (4) | attributes ...
 *   0                 8                  12                 16          17        21
 *
 * The CRC covers everything from 21 on, so stamping does not touch it.
 */
import { errno } from "../errno.ts"
import type { BatchAppend, Files } from "../os.ts"
import { crc32c } from "./crc32c.ts"

const LEADER_EPOCH_AT = 12
const CRC_AT = 17
const ATTRIBUTES_AT = 21

/** `Files.appendBatch` for a house that writes with `write`. */
export function appendBatch(write: Files["write"], append: BatchAppend): number {
  const { bytes, start, length } = append
  if (length < ATTRIBUTES_AT || start < 0 || start + length > bytes.length) return -errno.EINVAL
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length)
  if (append.checkCrc) {
    const expected = view.getUint32(CRC_AT)
    const actual = crc32c(bytes, start + ATTRIBUTES_AT, length - ATTRIBUTES_AT)
    if (expected !== actual) return -errno.EBADMSG
  }
  view.setInt32(0, Math.floor(append.baseOffset / 2 ** 32))
  view.setUint32(4, append.baseOffset % 2 ** 32)
  view.setInt32(LEADER_EPOCH_AT, append.leaderEpoch)
  return write(append.fd, bytes, start, length, append.position)
}
