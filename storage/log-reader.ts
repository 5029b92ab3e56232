/** Turns "from this offset, at most so many bytes" into a slice of one data file. */
import { errnoName } from "../native/errno.ts"
import type { Files } from "../native/os.ts"
import type { FileSlice } from "../native/parts.ts"
import { SegmentSlice } from "./file-slice.ts"
import type { LogState } from "./log-state.ts"
import { MAX_INDEX_INTERVAL_BYTES, type Segment } from "./segment.ts"
import { findEnd, findStart, isDense, MIN_EARLY_BYTES, mayEndEarly } from "./segment-search.ts"

export interface ReadRequest {
  readonly offset: number
  readonly maxBytes: number
  /** The reader may see offsets below this; the end of a batch. */
  readonly endOffset: number
  /** Give the first batch even when it is larger than `maxBytes` (KIP-74). */
  readonly wholeFirstBatch: boolean
  /** The slice may start up to 4 KiB before the wanted batch: its reader skips records below
   *  `offset`, as every Kafka client does. Saves reading the headers of small batches. */
  readonly mayStartEarly?: boolean
}

export type ReadResult =
  | {
      readonly ok: true
      /** Whole batches; undefined when there are none. Whoever gets it releases it. */
      readonly slice: FileSlice | undefined
      /** The offset that was asked for: records below it are to be skipped. */
      readonly firstOffset: number
      /** Offset after the last batch of the slice, where it is known without looking. */
      readonly endOffset: number | undefined
    }
  | { readonly ok: false; readonly reason: "offset-out-of-range" | "storage-failure" }

const FAILED = { ok: false, reason: "storage-failure" } as const
const OUT_OF_RANGE = { ok: false, reason: "offset-out-of-range" } as const

/** The reading side of a log. */
export class LogReader {
  readonly #state: LogState
  readonly #files: Files

  constructor(state: LogState) {
    this.#state = state
    this.#files = state.os.files
  }

  read(request: ReadRequest): ReadResult {
    const { offset } = request
    const { logStartOffset, logEndOffset, segments } = this.#state
    if (offset < logStartOffset || offset > logEndOffset) return OUT_OF_RANGE
    if (offset >= request.endOffset || offset === logEndOffset) return nothing(offset)
    // A segment may hold nothing at or above the offset, where the log was compacted.
    for (
      let segment = segments.find(offset);
      segment !== undefined && segment.baseOffset < request.endOffset;
      segment = segments.after(segment)
    ) {
      const found = this.#readSegment(segment, request)
      if (found !== undefined) return found
    }
    return nothing(offset)
  }

  /** Undefined when the segment ends below the wanted offset. */
  #readSegment(segment: Segment, request: ReadRequest): ReadResult | undefined {
    const { offset, maxBytes, endOffset, wholeFirstBatch } = request
    segment.isUsed = true
    const file = segment.file()
    if (typeof file === "number") return this.#fail(segment, file)
    const loaded = segment.loadIndexes()
    if (loaded < 0) return this.#fail(segment, loaded)
    segment.isDense ??= isDense(this.#state.segments, segment)
    const limit = this.#limitOf(segment, endOffset)
    if (limit < 0) return this.#fail(segment, limit)
    const mayBeEarly = request.mayStartEarly === true && maxBytes >= MIN_EARLY_BYTES
    let start = this.#startOf(segment, offset, mayBeEarly)
    if (start >= segment.sizeBytes) return undefined
    const range = { maxBytes, limit, wholeFirstBatch }
    let end = start < 0 ? start : findEnd(this.#files, segment, { ...range, start })
    if (mayBeEarly && end >= 0 && end < limit && mayEndEarly(segment, start, end)) {
      start = this.#startOf(segment, offset, false)
      end = start < 0 ? start : findEnd(this.#files, segment, { ...range, start })
    }
    if (end < 0) return this.#fail(segment, end)
    if (end <= start) return nothing(offset)
    const slice = new SegmentSlice(file, start, end - start)
    const knownEnd = end === limit ? Math.min(endOffset, segment.endOffset) : offsetAt(segment, end)
    return { ok: true, slice, firstOffset: offset, endOffset: knownEnd }
  }

  #startOf(segment: Segment, offset: number, mayBeEarly: boolean): number {
    if (segment === this.#state.segments.active) {
      const position = this.#state.recent.find(offset)
      if (position >= 0) return position
    }
    return findStart(this.#files, segment, offset, mayBeEarly)
  }

  /** Position where the records below `endOffset` end in this segment. */
  #limitOf(segment: Segment, endOffset: number): number {
    if (endOffset >= segment.endOffset) return segment.sizeBytes
    const { durablePoint } = this.#state
    if (endOffset === durablePoint.endOffset && segment.baseOffset === durablePoint.segmentBase)
      return durablePoint.position
    return this.#startOf(segment, endOffset, false)
  }

  #fail(segment: Segment, result: number): ReadResult {
    const { path } = segment
    this.#state.directory.log.error({ path, code: errnoName(result) }, "a segment cannot be read")
    return FAILED
  }
}

function nothing(offset: number): ReadResult {
  return { ok: true, slice: undefined, firstOffset: offset, endOffset: undefined }
}

/** Offset of the batch that an index entry says starts at `position`, if the index can tell. */
function offsetAt(segment: Segment, position: number): number | undefined {
  const slot = segment.offsets.slotBefore(position)
  if (slot < 0 || !segment.isDense) return undefined
  const isNeighbour = position - segment.offsets.positionAt(slot) > MAX_INDEX_INTERVAL_BYTES
  return isNeighbour ? segment.offsets.lastOffsetAt(slot) + 1 : undefined
}
