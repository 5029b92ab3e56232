/**
 * Makes the next writes fair: on virtual machines the first touch of a page costs many times what
 * later ones do, and whoever runs first would pay. Free memory is touched and given back before.
 */
import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs"
import { join } from "node:path"

const PIECE_BYTES = 4 * 1024 * 1024

/** Fills and frees `bytes` of page cache with a file in `directory`. */
export function touchMemory(directory: string, bytes: number): void {
  const path = join(directory, `millrace-touch-${process.pid}`)
  const fd = openSync(path, "w")
  const piece = Buffer.alloc(PIECE_BYTES, 1)
  try {
    for (let done = 0; done < bytes; done += PIECE_BYTES) writeSync(fd, piece)
    ftruncateSync(fd, 0)
  } finally {
    closeSync(fd)
    unlinkSync(path)
  }
}
