/**
 * Prints a segment or an index for a human: what is in the files of a log's directory, one line
 * (an object) per batch, record or entry. Reads only, also while a broker writes; damage is a line.
 */
import { errnoName } from "../native/errno.ts"
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { findCodec } from "../protocol/records/compression/index.ts"
import { findMarker } from "../protocol/records/control.ts"
import { BatchError, decodeRecords, type RecordHeader } from "../protocol/records/record.ts"
import { BatchWalk } from "./batch-walk.ts"
import { readText, readWhole } from "./checkpoint.ts"
import { parseSegmentName } from "./layout.ts"
import { parseSnapshot } from "./producer-snapshot.ts"
import type { ProducerEntry } from "./producer-state.ts"
import { type AbortedTransaction, TransactionIndex } from "./transaction-index.ts"

/** A batch as its header describes it. */
export interface BatchLine {
  readonly type: "batch"
  readonly position: number
  readonly length: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly recordCount: number
  readonly leaderEpoch: number
  readonly compression: string
  readonly timestampType: batch.TimestampType
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly isTransactional: boolean
  /** "commit" or "abort" of a transaction marker. */
  readonly marker: string | undefined
  readonly crc: number
  readonly hasRightCrc: boolean
}

export interface RecordLine {
  readonly type: "record"
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** An entry of an offset index. */
export interface OffsetLine {
  readonly type: "offset-entry"
  readonly lastOffset: number
  readonly position: number
}

/** An entry of a time index. */
export interface TimeLine {
  readonly type: "time-entry"
  readonly timestamp: number
  readonly offset: number
}

export type AbortedLine = { readonly type: "aborted-transaction" } & AbortedTransaction
export type ProducerLine = { readonly type: "producer" } & ProducerEntry

/** A line of a text file. */
export interface TextLine {
  readonly type: "text"
  readonly text: string
}

/** Something that should not be so. */
export interface ProblemLine {
  readonly type: "problem"
  readonly position: number
  readonly text: string
}

export type InspectedLine =
  | BatchLine
  | RecordLine
  | OffsetLine
  | TimeLine
  | AbortedLine
  | ProducerLine
  | TextLine
  | ProblemLine

export interface InspectOptions {
  /** Records too, not only batches. */
  readonly withRecords?: boolean
}

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12

/** Lines about any file of a log's directory, by its name. */
export function* inspectFile(
  os: Os,
  path: string,
  options: InspectOptions = {},
): Generator<InspectedLine, void> {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
  const parsed = parseSegmentName(name)
  switch (parsed?.kind) {
    case "data":
      yield* inspectSegment(os, path, options)
      return
    case "offsetIndex":
      yield* inspectOffsetIndex(os, path, parsed.offset)
      return
    case "timeIndex":
      yield* inspectTimeIndex(os, path, parsed.offset)
      return
    case "transactionIndex":
      yield* inspectTransactions(os, path)
      return
    case "snapshot":
      yield* inspectSnapshot(os, path)
      return
    default:
      yield* inspectText(os, path)
  }
}

/** The batches of a data file, and their records. */
export function* inspectSegment(
  os: Os,
  path: string,
  options: InspectOptions = {},
): Generator<BatchLine | RecordLine | ProblemLine, void> {
  const fd = os.files.open(path, "read")
  if (fd < 0) {
    yield unreadable(fd)
    return
  }
  try {
    const to = os.files.size(fd)
    const walk = new BatchWalk({ files: os.files, fd, from: 0, to, isWhole: true })
    while (walk.next()) {
      yield batchLine(os, walk)
      if (options.withRecords === true) yield* recordLines(walk)
    }
    const position = walk.endPosition
    if (walk.stop === "failed") yield unreadable(walk.result)
    else if (walk.stop !== "end") {
      const rest = `${to - position} bytes from position ${position} on`
      yield { type: "problem", position, text: `${rest} are not a whole batch (${walk.stop})` }
    }
  } finally {
    os.files.close(fd)
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

function* recordLines(walk: BatchWalk): Generator<RecordLine | ProblemLine, void> {
  try {
    // Views of the walk's window: copied, since lines may be kept.
    const bytes = Buffer.from(walk.bytes.subarray(walk.at, walk.at + walk.length))
    for (const record of decodeRecords(bytes, 0)) yield { type: "record", ...record }
  } catch (error) {
    if (!(error instanceof BatchError)) throw error
    yield { type: "problem", position: walk.position, text: error.message }
  }
}

function* inspectOffsetIndex(
  os: Os,
  path: string,
  baseOffset: number,
): Generator<OffsetLine | ProblemLine, void> {
  let last = -1
  for (const entry of entriesOf(os, path, OFFSET_ENTRY_BYTES)) {
    if ("type" in entry) {
      yield entry
      continue
    }
    const relative = batch.int32At(entry.bytes, entry.at)
    const position = batch.int32At(entry.bytes, entry.at + 4)
    // Behind the last entry of an index that is being written there are zeros.
    if (entry.at > 0 && relative === 0 && position === 0) return
    if (relative <= last) {
      yield { type: "problem", position: entry.at, text: "entries do not ascend" }
    }
    last = relative
    yield { type: "offset-entry", lastOffset: baseOffset + relative, position }
  }
}

function* inspectTimeIndex(
  os: Os,
  path: string,
  baseOffset: number,
): Generator<TimeLine | ProblemLine, void> {
  let last = -1
  for (const entry of entriesOf(os, path, TIME_ENTRY_BYTES)) {
    if ("type" in entry) {
      yield entry
      continue
    }
    const timestamp = batch.int64At(entry.bytes, entry.at)
    const offset = baseOffset + batch.int32At(entry.bytes, entry.at + 8)
    if (entry.at > 0 && timestamp === 0 && offset === baseOffset) return
    if (timestamp <= last) {
      yield { type: "problem", position: entry.at, text: "entries do not ascend" }
    }
    last = timestamp
    yield { type: "time-entry", timestamp, offset }
  }
}

function* entriesOf(
  os: Os,
  path: string,
  width: number,
): Generator<{ bytes: Buffer; at: number } | ProblemLine, void> {
  const bytes = readWhole(os.files, path)
  if (typeof bytes === "number") {
    yield unreadable(bytes)
    return
  }
  for (let at = 0; at + width <= bytes.length; at += width) yield { bytes, at }
}

function* inspectTransactions(os: Os, path: string): Generator<AbortedLine | ProblemLine, void> {
  const entries = new TransactionIndex(os.files, path, false).load()
  if (typeof entries === "number") yield unreadable(entries)
  else for (const entry of entries) yield { type: "aborted-transaction", ...entry }
}

function* inspectSnapshot(os: Os, path: string): Generator<ProducerLine | ProblemLine, void> {
  const bytes = readWhole(os.files, path)
  if (typeof bytes === "number") {
    yield unreadable(bytes)
    return
  }
  const entries = parseSnapshot(bytes, os.crc32c.bind(os))
  if (entries === undefined) yield { type: "problem", position: 0, text: "snapshot is damaged" }
  else for (const entry of entries) yield { type: "producer", ...entry }
}

function* inspectText(os: Os, path: string): Generator<TextLine | ProblemLine, void> {
  const text = readText(os.files, path)
  if (text === undefined) yield { type: "problem", position: 0, text: "no such file" }
  else if (typeof text === "number") yield unreadable(text)
  else for (const line of text.split("\n")) if (line !== "") yield { type: "text", text: line }
}

function unreadable(result: number): ProblemLine {
  return { type: "problem", position: 0, text: `cannot be read: ${errnoName(result)}` }
}
