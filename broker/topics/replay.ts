/**
 * Reads a log from its start to its end, for state that is kept as records: metadata, groups.
 * Before the broker serves, so it may block.
 */
import type { Os } from "../../native/os.ts"
import { batches, lastOffset } from "../../protocol/records/batch.ts"
import { BatchError } from "../../protocol/records/record.ts"
import type { Log } from "../../storage/log.ts"

/** Bytes read at a time; a larger batch is read whole all the same. */
const READ_BYTES = 1 << 20

/** Takes one batch: `at` is where it starts in `bytes`. May throw `BatchError`. */
export type OnBatch = (bytes: Buffer, at: number) => void

/** Hands over every batch, oldest first. Returns what went wrong; undefined when nothing did. */
export function replayLog(os: Os, log: Log, onBatch: OnBatch): string | undefined {
  // Its end is where the damage begins: what is behind would be forgotten.
  if (log.isDamaged) return "the log is damaged or closed"
  let offset = log.logStartOffset
  try {
    while (offset < log.logEndOffset) {
      const bytes = readFrom(os, log, offset)
      if (typeof bytes === "string") return bytes
      const before = offset
      for (const at of batches(bytes, 0, bytes.length)) {
        offset = lastOffset(bytes, at) + 1
        onBatch(bytes, at)
      }
      if (offset <= before) return `no batch can be read at offset ${before}`
    }
  } catch (error) {
    if (error instanceof BatchError) return error.message
    throw error
  }
  return undefined
}

/** Whole batches from an offset on, in a buffer of their own. */
function readFrom(os: Os, log: Log, offset: number): Buffer | string {
  const endOffset = log.logEndOffset
  const read = log.read({ offset, maxBytes: READ_BYTES, endOffset, wholeFirstBatch: true })
  if (!read.ok) return read.reason
  if (read.slice === undefined) return `nothing is readable at offset ${offset}`
  const { fd, position, length } = read.slice
  const bytes = Buffer.alloc(length)
  const count = os.files.read(fd, bytes, 0, length, position)
  read.slice.release()
  return count === length ? bytes : `read ${count} of ${length} bytes at offset ${offset}`
}
