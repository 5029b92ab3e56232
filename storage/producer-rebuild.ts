/** The producers of a log, from its newest usable snapshot and the batches behind it. */
import { errno } from "../native/errno.ts"
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { findMarker } from "../protocol/records/control.ts"
import { BatchWalk } from "./batch-walk.ts"
import { readWhole } from "./checkpoint.ts"
import { parseSegmentName, segmentPath } from "./layout.ts"
import { parseSnapshot } from "./producer-snapshot.ts"
import type { ProducerState } from "./producer-state.ts"
import type { Segment, SegmentHome } from "./segment.ts"
import { findStart } from "./segment-search.ts"
import type { Segments } from "./segments.ts"

export interface RebuildOptions {
  readonly os: Os
  readonly home: SegmentHome
  readonly segments: Segments
  readonly producers: ProducerState
  /** Names in the log's directory. */
  readonly names: readonly string[]
  /** Snapshots above this offset are removed: they are about what is not there, or not trusted. */
  readonly snapshotLimit: number
  /** Transactions aborted in segments from this base on are put into their indexes. */
  readonly indexFrom?: number
}

/** Offset of the snapshot that was used, -1 for none; or what went wrong. */
export function rebuildProducers(options: RebuildOptions): { snapshotOffset: number } | string {
  const { producers, segments } = options
  const snapshotOffset = loadSnapshot(options)
  if (snapshotOffset < 0) producers.reset()
  // Also what lies below the start of the log: its producers go on where they were.
  const from = Math.max(snapshotOffset, segments.first.baseOffset)
  for (const segment of segments.from(from)) {
    const problem = replay(options, segment, from)
    if (problem !== undefined) return problem
  }
  producers.noteDurable(Number.POSITIVE_INFINITY)
  return { snapshotOffset }
}

/** Takes the newest usable snapshot and removes those that nobody will need. */
function loadSnapshot(options: RebuildOptions): number {
  const { os, home, producers, segments, snapshotLimit, names } = options
  const bases = new Set(Array.from(segments, ({ baseOffset }) => baseOffset))
  const offsets = names.flatMap((name) => {
    const parsed = parseSegmentName(name)
    return parsed?.kind === "snapshot" ? [parsed.offset] : []
  })
  let found = -1
  let hasRemoved = false
  for (const offset of offsets.sort((one, other) => other - one)) {
    const path = segmentPath(home.path, offset, "snapshot")
    if (found >= 0) {
      // Made by an orderly stop in the middle of a segment, and outlived.
      if (!bases.has(offset)) os.files.unlink(path)
      continue
    }
    const isUsable = offset >= segments.first.baseOffset && offset <= snapshotLimit
    const bytes = !isUsable ? -errno.EBADMSG : readWhole(os.files, path)
    const entries = typeof bytes === "number" ? undefined : parseSnapshot(bytes, os.crc32c.bind(os))
    if (entries !== undefined) {
      producers.reset(entries)
      found = offset
      continue
    }
    // Damaged or about the future: an older one and more batches say the same.
    os.files.unlink(path)
    hasRemoved = true
  }
  // Or it might come back and be taken for one of the records that are to come.
  if (hasRemoved) os.files.syncDirectory(home.path)
  return found
}

function replay(options: RebuildOptions, segment: Segment, from: number): string | undefined {
  const { os } = options
  if (segment.sizeBytes === 0 || segment.endOffset <= from) return undefined
  const file = segment.file()
  const loaded = segment.loadIndexes()
  if (typeof file === "number" || loaded < 0) return "open"
  const start = from <= segment.baseOffset ? 0 : findStart(os.files, segment, from, false)
  if (start < 0) return "read"
  const walk = new BatchWalk({ files: os.files, fd: file.fd, from: start, to: segment.sizeBytes })
  while (walk.next()) {
    if (batch.producerId(walk.bytes, walk.at) < 0) continue
    const problem = replayBatch(options, segment, walk)
    if (problem !== undefined) return problem
  }
  return walk.stop === "failed" ? "read" : undefined
}

function replayBatch(
  { producers, indexFrom = Number.POSITIVE_INFINITY }: RebuildOptions,
  segment: Segment,
  walk: BatchWalk,
): string | undefined {
  if (!batch.isControl(batch.attributes(walk.bytes, walk.at))) {
    producers.noteBatch(walk.bytes, walk.at, walk.baseOffset)
    return undefined
  }
  if (!walk.showWhole()) return "read"
  const marker = findMarker(walk.bytes, walk.at)
  if (marker === undefined) return undefined
  const producerId = batch.producerId(walk.bytes, walk.at)
  const ended = producers.noteMarker({
    ...marker,
    producerId,
    epoch: batch.producerEpoch(walk.bytes, walk.at),
    offset: walk.baseOffset,
    timestamp: walk.maxTimestamp,
  })
  if (ended === undefined || marker.type !== "abort" || segment.baseOffset < indexFrom)
    return undefined
  return segment.transactions.append({ producerId, ...ended }) < 0 ? "write" : undefined
}
