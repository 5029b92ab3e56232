/**
 * Walks the batches of a data file by their headers, reading small windows: for recovery, searches
 * off the hot path and inspection. A fetch does without (see segment-search.ts).
 */
import type { Files } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"

const HEADER_WINDOW_BYTES = 4096
const WHOLE_WINDOW_BYTES = 262_144
/** Whatever announces more is not a batch: no topic could have taken it. */
const MAX_BATCH_BYTES = 512 * 1024 * 1024

/** Why a walk ended: at its end, in the middle of a batch, at something else, or by -errno. */
export type WalkStop = "end" | "cut-short" | "malformed" | "failed"

export interface WalkOptions {
  readonly files: Files
  readonly fd: number
  /** A batch starts here. */
  readonly from: number
  /** The walk stops here, normally the end of the file. */
  readonly to: number
  /** Whether `bytes` holds all of the present batch, or its header only. */
  readonly isWhole?: boolean
}

/** Stands on one batch at a time: `bytes` from `at` is its header, or all of it. */
export class BatchWalk {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  /** Where the present batch starts in the file. */
  position: number
  length = 0
  stop: WalkStop = "end"
  /** -errno when `stop` is "failed". */
  result = 0
  readonly #options: WalkOptions
  #windowStart = 0
  #windowLength = 0

  constructor(options: WalkOptions) {
    this.#options = options
    this.position = options.from
  }

  /** Where the present batch ends: all before it is sound. */
  get endPosition(): number {
    return this.position + this.length
  }

  get baseOffset(): number {
    return batch.baseOffset(this.bytes, this.at)
  }

  get lastOffset(): number {
    return batch.lastOffset(this.bytes, this.at)
  }

  get maxTimestamp(): number {
    return batch.maxTimestamp(this.bytes, this.at)
  }

  /** Moves to the next batch; false when there is none, see `stop`. */
  next(): boolean {
    const { to, isWhole = false } = this.#options
    const position = this.endPosition
    if (position >= to) return this.#end("end")
    if (to - position < batch.BATCH_OVERHEAD) return this.#end("cut-short")
    if (!this.#show(position, batch.BATCH_OVERHEAD)) return false
    const at = position - this.#windowStart
    const length = batch.batchLength(this.bytes, at)
    if (length < batch.BATCH_OVERHEAD || length > MAX_BATCH_BYTES) return this.#end("malformed")
    if (batch.magic(this.bytes, at) !== batch.MAGIC) return this.#end("malformed")
    if (length > to - position) return this.#end("cut-short")
    if (isWhole && !this.#show(position, length)) return false
    this.at = position - this.#windowStart
    this.position = position
    this.length = length
    return true
  }

  /** Reads all of the present batch, when only headers are walked; whether it worked. */
  showWhole(): boolean {
    if (!this.#show(this.position, this.length)) return false
    this.at = this.position - this.#windowStart
    return true
  }

  #end(stop: WalkStop): false {
    this.stop = stop
    return false
  }

  /** Brings `length` bytes from `position` into the window. */
  #show(position: number, length: number): boolean {
    const windowEnd = this.#windowStart + this.#windowLength
    if (position >= this.#windowStart && position + length <= windowEnd) return true
    const { files, fd, to, isWhole = false } = this.#options
    const size = Math.max(length, isWhole ? WHOLE_WINDOW_BYTES : HEADER_WINDOW_BYTES)
    if (this.bytes.length < size) this.bytes = Buffer.allocUnsafe(size)
    const wanted = Math.min(this.bytes.length, to - position)
    const count = files.read(fd, this.bytes, 0, wanted, position)
    this.#windowStart = position
    this.#windowLength = Math.max(count, 0)
    if (count >= length) return true
    this.result = count
    return this.#end(count < 0 ? "failed" : "cut-short")
  }
}
