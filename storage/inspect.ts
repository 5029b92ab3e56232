/**
 * Prints a segment or an index for a human: what is in the files of a log's directory, one line
 * (an object) per batch, record or entry. Reads only, also while a broker writes; damage is a line.
 */
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import type { RecordHeader } from "../protocol/records/record.ts"
import { readText, readWhole } from "./checkpoint.ts"
import { inspectSegment, unreadable } from "./inspect-segment.ts"
import { isTextFile, type TextFileLine, textFileLines } from "./inspect-text.ts"
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

/** Something that should not be so. */
export interface ProblemLine {
  readonly type: "problem"
  readonly position: number
  readonly text: string
  /** The bytes may be the beginning of a batch that is being written just now. */
  readonly isCutShort?: boolean
}

/** Something worth knowing that is no damage. */
export interface NoteLine {
  readonly type: "note"
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
  | TextFileLine
  | NoteLine
  | ProblemLine

export interface InspectOptions {
  /** Records too, not only batches. */
  readonly withRecords?: boolean
  /** A batch of the data file starts here. Default 0. */
  readonly fromPosition?: number
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
      if (isTextFile(name)) yield* inspectText(os, path, name)
      else yield { type: "problem", position: 0, text: "not a file of a log, by its name" }
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
  const end = bytes.length - (bytes.length % width)
  for (let at = 0; at < end; at += width) yield { bytes, at }
  if (end === bytes.length) return
  const text = `${bytes.length - end} bytes at the end are not a whole entry of ${width}`
  yield { type: "problem", position: end, text }
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

function* inspectText(os: Os, path: string, name: string): Generator<InspectedLine, void> {
  const text = readText(os.files, path)
  if (text === undefined) yield { type: "problem", position: 0, text: "no such file" }
  else if (typeof text === "number") yield unreadable(text)
  else yield* textFileLines(name, text)
}
