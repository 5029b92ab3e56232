/**
 * Where a fetch starts and ends in a segment. In the usual case the offset index alone tells, so a
 * catch-up reader costs no read of the data (docs/decisions/0010-index-without-reading.md):
 *
 *   index    E          N                E ends below the wanted offset, N does not
 *   data     [ E ]......[ N      ]
 *
 * Far apart, E and N are neighbours, and N is the batch. Close together, there may be small batches
 * between them: the reader is sent back to E, at most 4 KiB, and its client skips what it has; or
 * the headers are walked, when the exact start is asked for.
 */
import type { Files } from "../native/os.ts"
import { BatchWalk } from "./batch-walk.ts"
import { MAX_INDEX_INTERVAL_BYTES, type Segment } from "./segment.ts"
import type { Segments } from "./segments.ts"

/** Below this a slice that starts early might end before the wanted batch. */
export const MIN_EARLY_BYTES = 4 * MAX_INDEX_INTERVAL_BYTES

/**
 * Position of the batch that holds `offset`, or of one up to 4 KiB before it where `mayBeEarly`.
 * The segment's size when there is no such batch; -errno when the data could not be read.
 */
export function findStart(
  files: Files,
  segment: Segment,
  offset: number,
  mayBeEarly: boolean,
): number {
  if (offset <= segment.baseOffset) return 0
  const index = segment.offsets
  const below = index.slotBelow(offset)
  const start = below < 0 ? 0 : index.positionAt(below)
  if (segment.isDense) {
    if (below < 0) return 0
    const end = nextPosition(segment, below)
    if (end - start > MAX_INDEX_INTERVAL_BYTES) return end
    if (mayBeEarly) return start
  }
  return walkToOffset(files, segment, { from: start, offset })
}

/**
 * Whether a segment found on disk was indexed by our rule. Kafka leaves out the first batch; and it
 * may have gone on with a segment of ours, then the next one is its own.
 */
export function isDense(segments: Segments, segment: Segment): boolean {
  const next = segments.after(segment)
  if (!startsDense(segment) || next === undefined) return false
  return next.loadIndexes() >= 0 && startsDense(next)
}

/** Whether the first batch of a segment has an entry; its index is loaded. */
export function startsDense(segment: Segment): boolean {
  return segment.offsets.count > 0 && segment.offsets.positionAt(0) === 0
}

/** Position of the indexed batch behind entry `slot`, or the end of the data. */
function nextPosition(segment: Segment, slot: number): number {
  const index = segment.offsets
  return slot + 1 < index.count ? index.positionAt(slot + 1) : segment.sizeBytes
}

/** Whether a slice from an early start to `end` may hold nothing new. */
export function mayEndEarly(segment: Segment, start: number, end: number): boolean {
  return end <= nextPosition(segment, segment.offsets.slotBefore(start + 1))
}

function walkToOffset(
  files: Files,
  segment: Segment,
  search: { from: number; offset: number },
): number {
  const file = segment.file()
  if (typeof file === "number") return file
  const walk = new BatchWalk({ files, fd: file.fd, from: search.from, to: segment.sizeBytes })
  while (walk.next()) if (walk.lastOffset >= search.offset) return walk.position
  return walk.stop === "failed" ? walk.result : walk.endPosition
}

/** A slice that is looked for. */
export interface Range {
  /** A batch starts here. */
  readonly start: number
  readonly maxBytes: number
  /** The reader may see the data up to here; a batch ends here. */
  readonly limit: number
  /** Whether the first batch is given even when it is larger than `maxBytes`. */
  readonly wholeFirstBatch: boolean
}

/** Where a slice of whole batches ends; `start` when not one fits; -errno. */
export function findEnd(files: Files, segment: Segment, range: Range): number {
  const { start, maxBytes, limit, wholeFirstBatch } = range
  if (limit - start <= maxBytes) return limit
  const index = segment.offsets
  const slot = index.slotBefore(start + maxBytes + 1)
  const position = slot < 0 ? 0 : index.positionAt(slot)
  if (position > start) return position
  if (segment.isDense && position === start && slot >= 0) {
    const end = nextPosition(segment, slot)
    // One batch, larger than what was asked for.
    if (end - start > MAX_INDEX_INTERVAL_BYTES)
      return wholeFirstBatch ? Math.min(end, limit) : start
  }
  return walkToEnd(files, segment, range)
}

function walkToEnd(files: Files, segment: Segment, range: Range): number {
  const { start, maxBytes, limit, wholeFirstBatch } = range
  const file = segment.file()
  if (typeof file === "number") return file
  const walk = new BatchWalk({ files, fd: file.fd, from: start, to: limit })
  let end = start
  while (walk.next()) {
    const isFirst = walk.position === start
    if (walk.endPosition - start > maxBytes && !(isFirst && wholeFirstBatch)) break
    end = walk.endPosition
  }
  return walk.stop === "failed" ? walk.result : end
}
