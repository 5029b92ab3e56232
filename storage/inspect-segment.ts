/**
 * The batches and records of a data file as plain objects, for a human. Where there is no sound
 * batch it says what stands there and goes on at the next one, as far as there is any.
 */
import { errnoName } from "../native/errno.ts"
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { findCodec } from "../protocol/records/compression/index.ts"
import { findMarker } from "../protocol/records/control.ts"
import { BatchError, decodeRecords } from "../protocol/records/record.ts"
import { BatchWalk } from "./batch-walk.ts"
import type { BatchLine, InspectOptions, NoteLine, ProblemLine, RecordLine } from "./inspect.ts"
import { parseSegmentName } from "./layout.ts"

export type SegmentLine = BatchLine | RecordLine | NoteLine | ProblemLine

interface DataFile {
  readonly os: Os
  readonly fd: number
  readonly size: number
}

const SCAN_BYTES = 262_144

/** The batches of a data file, and their records. */
export function* inspectSegment(
  os: Os,
  path: string,
  options: InspectOptions = {},
): Generator<SegmentLine, void> {
  const fd = os.files.open(path, "read")
  if (fd < 0) {
    yield unreadable(fd)
    return
  }
  try {
    const file = { os, fd, size: os.files.size(fd) }
    let from: number | undefined = options.fromPosition ?? 0
    let previous = (parseSegmentName(path.slice(-24))?.offset ?? 0) - 1
    while (from !== undefined && from < file.size) {
      const walk = new BatchWalk({ files: os.files, fd, from, to: file.size, isWhole: true })
      while (walk.next()) {
        yield* batchLines(os, walk, options)
        if (walk.baseOffset <= previous) yield misplaced(walk, previous)
        previous = Math.max(previous, walk.lastOffset)
      }
      if (walk.stop === "failed") {
        yield unreadable(walk.result)
        return
      }
      if (walk.stop === "end") return
      from = nextBatch(file, walk.endPosition + 1)
      yield damage(file, walk, from)
    }
  } finally {
    os.files.close(fd)
  }
}

/** A file or a part of it that the system does not let us read. */
export function unreadable(result: number): ProblemLine {
  return { type: "problem", position: 0, text: `cannot be read: ${errnoName(result)}` }
}

function* batchLines(
  os: Os,
  walk: BatchWalk,
  options: InspectOptions,
): Generator<SegmentLine, void> {
  const line = batchLine(os, walk)
  yield line
  if (!line.hasRightCrc) {
    const text = `the checksum of the batch at offset ${line.baseOffset} is wrong`
    yield { type: "problem", position: line.position, text }
  }
  if (options.withRecords !== true) return
  try {
    // Views of the walk's window: copied, since lines may be kept.
    const bytes = Buffer.from(walk.bytes.subarray(walk.at, walk.at + walk.length))
    for (const record of decodeRecords(bytes, 0)) yield { type: "record", ...record }
  } catch (error) {
    if (!(error instanceof BatchError)) throw error
    yield { type: "problem", position: walk.position, text: error.message }
  }
}

function batchLine(os: Os, walk: BatchWalk): BatchLine {
  const { bytes, at, length, position } = walk
  const attributes = batch.attributes(bytes, at)
  const from = at + batch.BatchField.attributes
  const crc = batch.crc(bytes, at)
  const codec = batch.compressionOf(attributes)
  return {
    type: "batch",
    position,
    length,
    baseOffset: walk.baseOffset,
    lastOffset: walk.lastOffset,
    recordCount: batch.recordCount(bytes, at),
    leaderEpoch: batch.leaderEpoch(bytes, at),
    compression: findCodec(codec)?.name ?? `unknown (${codec})`,
    timestampType: batch.timestampType(attributes),
    baseTimestamp: batch.baseTimestamp(bytes, at),
    maxTimestamp: walk.maxTimestamp,
    producerId: batch.producerId(bytes, at),
    producerEpoch: batch.producerEpoch(bytes, at),
    baseSequence: batch.baseSequence(bytes, at),
    isTransactional: batch.isTransactional(attributes),
    marker: markerOf(bytes, at),
    crc,
    hasRightCrc: os.crc32c(bytes, from, length - batch.BatchField.attributes) === crc,
  }
}

function markerOf(bytes: Buffer, at: number): string | undefined {
  try {
    return findMarker(bytes, at)?.type
  } catch (error) {
    if (error instanceof BatchError) return "damaged"
    throw error
  }
}

function misplaced(walk: BatchWalk, previous: number): ProblemLine {
  const text = `the batch at offset ${walk.baseOffset} stands behind offset ${previous}`
  return { type: "problem", position: walk.position, text }
}

/** What stands where the walk found no batch; `next` is the position of the next one. */
function damage(file: DataFile, walk: BatchWalk, next: number | undefined): ProblemLine | NoteLine {
  const position = walk.endPosition
  const count = (next ?? file.size) - position
  // A few zeros may as well be the first bytes of a batch.
  if (next === undefined && count >= batch.BATCH_OVERHEAD && isZero(file, position)) {
    const text = `${count} bytes of zeros at the end: room taken in advance, or never written`
    return { type: "note", position, text }
  }
  const what = walk.stop === "cut-short" && next === undefined ? "a batch cut short" : "no batch"
  const rest = next === undefined ? "up to the end" : `the next batch is at position ${next}`
  const text = `${count} bytes are ${what} (${whyNoBatch(file, position)}), ${rest}`
  return { type: "problem", position, text, isCutShort: walk.stop === "cut-short" }
}

function whyNoBatch({ os, fd, size }: DataFile, position: number): string {
  const head = Buffer.alloc(batch.BATCH_OVERHEAD)
  const count = os.files.read(fd, head, 0, head.length, position)
  if (count < head.length) return `a header takes ${head.length} bytes`
  if (batch.magic(head, 0) !== batch.MAGIC) return `magic ${batch.magic(head, 0)} where 2 is due`
  const length = batch.batchLength(head, 0)
  if (length < batch.BATCH_OVERHEAD) return `length ${length}`
  return `length ${length}, the file has ${size - position}`
}

function isZero({ os, fd, size }: DataFile, from: number): boolean {
  const bytes = Buffer.alloc(SCAN_BYTES)
  const zeros = Buffer.alloc(SCAN_BYTES)
  for (let position = from; position < size; ) {
    const count = os.files.read(fd, bytes, 0, SCAN_BYTES, position)
    if (count <= 0 || bytes.compare(zeros, 0, count, 0, count) !== 0) return false
    position += count
  }
  return true
}

/** Position of the first batch with a right checksum from `from` on. */
function nextBatch(file: DataFile, from: number): number | undefined {
  const { os, fd, size } = file
  const bytes = Buffer.alloc(SCAN_BYTES)
  for (let position = from; position + batch.BATCH_OVERHEAD <= size; ) {
    const count = os.files.read(fd, bytes, 0, SCAN_BYTES, position)
    const end = count - batch.BATCH_OVERHEAD
    if (end < 0) return undefined
    for (let at = 0; at <= end; at++) {
      if (bytes[at + batch.BatchField.magic] !== batch.MAGIC) continue
      const length = batch.batchLength(bytes, at)
      if (length < batch.BATCH_OVERHEAD || length > size - position - at) continue
      if (hasRightCrc(file, position + at, length)) return position + at
    }
    position += end + 1
  }
  return undefined
}

function hasRightCrc({ os, fd }: DataFile, position: number, length: number): boolean {
  const bytes = Buffer.allocUnsafe(length)
  if (os.files.read(fd, bytes, 0, length, position) < length) return false
  const from = batch.BatchField.attributes
  return os.crc32c(bytes, from, length - from) === batch.crc(bytes, 0)
}
