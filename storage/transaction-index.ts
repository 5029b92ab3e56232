/**
 * The aborted transactions that ended in a segment, so that a reader of committed records knows
 * what to leave out. The file is made with the first of them.
 *
 *   entry:  version (2) = 0 | producerId (8) | firstOffset (8) | lastOffset (8)
 *           | lastStableOffset (8)                     big-endian, ascending in lastOffset
 */

import { errno } from "../native/errno.ts"
import type { Files } from "../native/os.ts"
import { int16At, int64At, setInt16, setInt64 } from "../protocol/records/batch.ts"
import { readWhole } from "./checkpoint.ts"

const ENTRY_BYTES = 34
const VERSION = 0

/** A transaction that was given up; its records are in the log all the same. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the abort marker. */
  readonly lastOffset: number
  /** The last stable offset once the marker was written. */
  readonly lastStableOffset: number
}

/** The transaction index of one segment. */
export class TransactionIndex {
  readonly path: string
  readonly #files: Files
  /** Undefined until they are read. */
  #entries: AbortedTransaction[] | undefined

  /** `isNew`: there is no file yet. */
  constructor(files: Files, path: string, isNew: boolean) {
    this.#files = files
    this.path = path
    this.#entries = isNew ? [] : undefined
  }

  /** Number of entries, as far as they were read or written by this process. */
  get count(): number {
    return this.#entries?.length ?? 0
  }

  /** All entries, or -errno; -EBADMSG when the file is damaged. */
  load(): readonly AbortedTransaction[] | number {
    if (this.#entries !== undefined) return this.#entries
    const bytes = readWhole(this.#files, this.path)
    if (typeof bytes === "number") return bytes === -errno.ENOENT ? (this.#entries = []) : bytes
    const entries = parse(bytes)
    if (entries === undefined) return -errno.EBADMSG
    return (this.#entries = entries)
  }

  /** Adds a transaction at the end of the file; 0 or -errno. */
  append(transaction: AbortedTransaction): number {
    const entries = this.load()
    if (typeof entries === "number") return entries
    const fd = this.#files.open(this.path, "write")
    if (fd < 0) return fd
    const bytes = format(transaction)
    const position = entries.length * ENTRY_BYTES
    const result = this.#files.write(fd, bytes, 0, ENTRY_BYTES, position)
    this.#files.close(fd)
    if (result < 0) return result
    this.#entries!.push(transaction)
    return 0
  }

  /** Writes the file anew with those transactions that ended below `offset`; 0 or -errno. */
  truncateTo(offset: number): number {
    const entries = this.load()
    const kept =
      typeof entries === "number" ? [] : entries.filter(({ lastOffset }) => lastOffset < offset)
    if (typeof entries !== "number" && kept.length === entries.length) return 0
    this.#entries = kept
    const fd = this.#files.open(this.path, "write")
    if (fd < 0) return fd
    const result = this.#files.truncate(fd, kept.length * ENTRY_BYTES)
    this.#files.close(fd)
    return result
  }
}

function parse(bytes: Buffer): AbortedTransaction[] | undefined {
  if (bytes.length % ENTRY_BYTES !== 0) return undefined
  const entries: AbortedTransaction[] = []
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    if (int16At(bytes, at) !== VERSION) return undefined
    entries.push({
      producerId: int64At(bytes, at + 2),
      firstOffset: int64At(bytes, at + 10),
      lastOffset: int64At(bytes, at + 18),
      lastStableOffset: int64At(bytes, at + 26),
    })
  }
  return entries
}

function format(transaction: AbortedTransaction): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  setInt16(bytes, 0, VERSION)
  setInt64(bytes, 2, transaction.producerId)
  setInt64(bytes, 10, transaction.firstOffset)
  setInt64(bytes, 18, transaction.lastOffset)
  setInt64(bytes, 26, transaction.lastStableOffset)
  return bytes
}
