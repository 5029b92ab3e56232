/**
 * Places in a log as people write them: `earliest`, `latest`, an offset, `2h ago`, `now`, an ISO
 * date, or `@` with epoch milliseconds.
 */
import { CliError, EXIT } from "./failure.ts"

/** A place in a log: one of its ends, a record number, or a moment (epoch ms). */
export type Place =
  | { kind: "earliest" }
  | { kind: "latest" }
  | { kind: "offset"; offset: number }
  | { kind: "timestamp"; timestamp: number }

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Reads a place; throws a usage error that lists the accepted forms. */
export function parsePlace(text: string, nowMs: number): Place {
  const trimmed = text.trim()
  if (trimmed === "earliest" || trimmed === "latest") return { kind: trimmed }
  if (/^\d+$/.test(trimmed)) return { kind: "offset", offset: Number(trimmed) }
  const timestamp = parseInstant(trimmed, nowMs)
  if (timestamp !== undefined) return { kind: "timestamp", timestamp }
  throw new CliError(
    `'${text}' is not a place in a log: use earliest, latest, an offset, '2h ago', now, ` +
      "an ISO date such as 2026-01-31T12:00:00Z, or @ and epoch milliseconds",
    EXIT.usage,
  )
}

function parseInstant(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs
  if (/^@\d+$/.test(text)) return Number(text.slice(1))
  const ago = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s+ago$/.exec(text)
  if (ago) return Math.round(nowMs - Number(ago[1]) * unitMs[ago[2]!]!)
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}
