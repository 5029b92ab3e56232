/** Logs on a real temporary directory or a simulated disk, and the batches to fill them with. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openOs } from "../../native/index.ts"
import type { Os } from "../../native/os.ts"
import { BatchBuilder, type BatchOptions } from "../../protocol/records/builder.ts"
import { type Record, readBatches } from "../../protocol/records/record.ts"
import type { AppendOrigin, AppendResult } from "../../storage/append-result.ts"
import type { Log, ReadRequest } from "../../storage/log.ts"
import { defaultLogConfig, type LogConfig } from "../../storage/log-config.ts"
import { LogManager } from "../../storage/log-manager.ts"

export const TOPIC_ID = "rGcGs2xgQwmxBcuLrHfVyQ"
/** An instant that all batches are near. */
export const NOW = 1_700_000_000_000

/** Lines that storage logged. */
export interface Lines {
  readonly texts: string[]
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

export function collectLines(): Lines {
  const texts: string[] = []
  const add = (level: string) => (_fields: object, text: string) => {
    texts.push(`${level}: ${text}`)
  }
  return { texts, info: add("info"), warn: add("warn"), error: add("error") }
}

/** A temporary directory, removed by `dispose`. */
export function temporaryDirectory(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "millrace-storage-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The houses that storage is tested on. */
export const houses = ["linux", "portable"] as const

export function openHouse(name: "linux" | "portable"): Os | undefined {
  try {
    return openOs(name)
  } catch (error) {
    if (name === "linux") return undefined
    throw error
  }
}

export function config(overrides: Partial<LogConfig> = {}): LogConfig {
  return { ...defaultLogConfig, durability: "os", ...overrides }
}

export function openManager(
  os: Os,
  path: string,
  options: { config?: Partial<LogConfig>; lines?: Lines } = {},
): LogManager {
  const opened = LogManager.open({
    os,
    directories: [path],
    config: config(options.config),
    log: options.lines ?? collectLines(),
  })
  if (!opened.ok) throw new Error(opened.message)
  return opened.manager
}

export function createLog(manager: LogManager, overrides: Partial<LogConfig> = {}): Log {
  const created = manager.create("flights", 0, TOPIC_ID, config(overrides))
  if (!created.ok) throw new Error(created.message)
  return created.log
}

export function closed(manager: LogManager): Promise<void> {
  return new Promise((resolve) => manager.close(resolve))
}

/** A batch of records with these values. */
export function batchOf(
  values: readonly (string | null)[],
  options: BatchOptions & { timestamp?: number; key?: string | null } = {},
): Buffer {
  const { timestamp = NOW, key = "key", ...rest } = options
  const builder = new BatchBuilder(rest)
  values.forEach((value, index) => {
    builder.append({ key, value, timestamp: timestamp + index })
  })
  return builder.build()
}

export function append(
  log: Log,
  bytes: Buffer,
  options: { origin?: AppendOrigin; leaderEpoch?: number; nowMs?: number } = {},
): AppendResult {
  const { origin = "client", leaderEpoch = log.leaderEpoch, nowMs = NOW } = options
  const copy = Buffer.from(bytes)
  return log.append({ bytes: copy, start: 0, length: copy.length, leaderEpoch, origin }, nowMs)
}

/** Bytes of a slice, which is released. */
export function readBytes(
  os: Os,
  log: Log,
  request: Partial<ReadRequest> & { offset: number },
): Buffer {
  const result = log.read({
    maxBytes: 1 << 20,
    endOffset: log.logEndOffset,
    wholeFirstBatch: true,
    ...request,
  })
  if (!result.ok) throw new Error(result.reason)
  if (result.slice === undefined) return Buffer.alloc(0)
  const { fd, position, length } = result.slice
  const bytes = Buffer.alloc(length)
  const count = os.files.read(fd, bytes, 0, length, position)
  result.slice.release()
  if (count !== length) throw new Error(`read ${count} of ${length}`)
  return bytes
}

/** All records from an offset to the end of the log, fetched piece by piece as a consumer does. */
export function readAll(
  os: Os,
  log: Log,
  options: { from?: number; maxBytes?: number; mayStartEarly?: boolean } = {},
): Record[] {
  const { from = log.logStartOffset, maxBytes = 1 << 20, mayStartEarly = false } = options
  const records: Record[] = []
  let offset = from
  while (offset < log.logEndOffset) {
    const before = offset
    for (const record of readBatches(readBytes(os, log, { offset, maxBytes, mayStartEarly }))) {
      if (record.offset < offset) continue
      records.push(record)
      offset = record.offset + 1
    }
    if (offset === before) throw new Error(`no progress at offset ${offset}`)
  }
  return records
}

export function valuesOf(records: readonly Record[]): string[] {
  return records.map(({ value }) => String(value))
}
