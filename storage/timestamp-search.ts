/** From a timestamp to an offset: time index, then headers, then the records of one batch. */
import type { Files } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { BatchError, RecordCursor } from "../protocol/records/record.ts"
import { BatchWalk } from "./batch-walk.ts"
import type { Segment } from "./segment.ts"
import { findStart } from "./segment-search.ts"

/** A record found by its timestamp. */
export interface FoundTimestamp {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

/**
 * The first record of a segment with this timestamp or a larger one, at or above `fromOffset`;
 * undefined when there is none; -errno.
 */
export function findTimestamp(
  files: Files,
  segment: Segment,
  wanted: { timestamp: number; fromOffset: number },
): FoundTimestamp | undefined | number {
  const loaded = segment.loadIndexes()
  if (loaded < 0) return loaded
  const { timestamp, fromOffset } = wanted
  const slot = segment.times.slotBelow(timestamp)
  // Up to the batch of that entry all timestamps are smaller.
  const offset = slot < 0 ? fromOffset : Math.max(fromOffset, segment.times.offsetAt(slot) + 1)
  const from = findStart(files, segment, offset, true)
  const file = segment.file()
  if (typeof file === "number") return file
  if (from < 0) return from
  const walk = new BatchWalk({ files, fd: file.fd, from, to: segment.sizeBytes })
  while (walk.next()) {
    if (walk.maxTimestamp < timestamp || walk.lastOffset < fromOffset) continue
    const leaderEpoch = batch.leaderEpoch(walk.bytes, walk.at)
    if (!walk.showWhole()) return walk.result
    const found = findRecord(walk, wanted)
    if (found !== undefined) return { ...found, leaderEpoch }
  }
  return walk.stop === "failed" ? walk.result : undefined
}

function findRecord(
  walk: BatchWalk,
  wanted: { timestamp: number; fromOffset: number },
): { offset: number; timestamp: number } | undefined {
  const baseOffset = walk.baseOffset
  const maxTimestamp = walk.maxTimestamp
  try {
    const cursor = new RecordCursor(walk.bytes, walk.at)
    while (cursor.next()) {
      const { offset, timestamp } = cursor
      if (timestamp >= wanted.timestamp && offset >= wanted.fromOffset) return { offset, timestamp }
    }
    return undefined
  } catch (error) {
    // Compressed records are stored unseen: where they cannot be read, the batch stands for them.
    if (error instanceof BatchError)
      return { offset: Math.max(baseOffset, wanted.fromOffset), timestamp: maxTimestamp }
    throw error
  }
}
