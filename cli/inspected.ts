/** What storage finds in a file of a log, as rows for a table and as JSON for programs. */
import type { BatchLine, InspectedLine, RecordLine } from "../storage/inspect.ts"
import { formatHeaders, toJson } from "./lines.ts"
import type { Row } from "./table.ts"

/** Offsets `from <= offset < to`. */
export interface OffsetWindow {
  readonly from: number
  readonly to: number
}

/** Whether a line is about offsets of the window; lines without an offset always are. */
export function isInWindow(line: InspectedLine, { from, to }: OffsetWindow): boolean {
  switch (line.type) {
    case "batch":
      return line.lastOffset >= from && line.baseOffset < to
    case "record":
    case "time-entry":
      return line.offset >= from && line.offset < to
    case "offset-entry":
      return line.lastOffset >= from && line.lastOffset < to
    case "aborted-transaction":
      return line.lastOffset >= from && line.firstOffset < to
    default:
      return true
  }
}

/** A line as JSON, with the file it comes from. Records are as `consume --format json` has them. */
export function toJsonLine(line: InspectedLine, file: string): object {
  const { type, ...rest } = line
  if (line.type !== "record") return { type, file, ...rest }
  const { offset, timestamp, key, value, headers } = line
  const texts = { key: toJson(key), value: toJson(value), headers: formatHeaders(headers) }
  return { type, file, offset, timestamp, ...texts }
}

/** A line as a row of a table; undefined for problems and notes, which are sentences. */
export function toRow(line: InspectedLine): Row | undefined {
  switch (line.type) {
    case "problem":
    case "note":
      return undefined
    case "batch":
      return batchRow(line)
    case "record":
      return recordRow(line)
    case "producer": {
      const { batches, transactionStart, lastTimestamp, ...row } = line
      const last = batches.at(-1)
      return plain({
        ...row,
        lastSequence: last?.lastSequence ?? null,
        lastOffset: last?.lastOffset ?? null,
        lastTimestamp: formatTime(lastTimestamp),
        transactionStart: transactionStart < 0 ? null : transactionStart,
      })
    }
    case "time-entry":
      return { timestamp: formatTime(line.timestamp), offset: line.offset }
    default:
      return plain(line)
  }
}

function plain(line: object): Row {
  const { type: _, ...row } = line as Row
  return row
}

function batchRow(line: BatchLine): Row {
  const { producerId, producerEpoch, baseSequence } = line
  return {
    base: line.baseOffset,
    last: line.lastOffset,
    records: line.recordCount,
    position: line.position,
    length: line.length,
    codec: line.compression,
    epoch: line.leaderEpoch,
    producer: producerId < 0 ? null : `${producerId}/${producerEpoch}/${baseSequence}`,
    "last timestamp": formatTime(line.maxTimestamp),
    flags: flagsOf(line),
    crc: line.hasRightCrc ? "ok" : "WRONG",
  }
}

function flagsOf(line: BatchLine): string | null {
  const flags = [
    line.isTransactional ? "transactional" : "",
    line.marker ?? "",
    line.timestampType === "LogAppendTime" ? "append-time" : "",
  ].filter((flag) => flag !== "")
  return flags.length > 0 ? flags.join(" ") : null
}

function recordRow(line: RecordLine): Row {
  const headers = line.headers.map(({ key, value }) => `${key}=${formatBytes(value)}`)
  return {
    offset: line.offset,
    timestamp: formatTime(line.timestamp),
    key: line.key && formatBytes(line.key),
    headers: headers.length > 0 ? headers.join(" ") : null,
    value: line.value && formatBytes(line.value),
  }
}

/** Text as it is, other bytes in hexadecimal, and an empty value visibly so. */
function formatBytes(bytes: Buffer | null): string {
  if (bytes === null) return "-"
  if (bytes.length === 0) return '""'
  const text = toJson(bytes)
  return typeof text === "string" ? text : `0x${bytes.toString("hex")}`
}

function formatTime(timestamp: number): string {
  const date = new Date(timestamp)
  return timestamp < 0 || Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString()
}
