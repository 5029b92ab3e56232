/** The records that the demo sends: 200,000 flights of `vega-datasets`, or the lines of a file. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

/** A record before it is sent. */
export interface Line {
  readonly key: string | null
  readonly value: string
}

/** What is sent and what it is called. */
export interface Input {
  readonly name: string
  readonly lines: readonly Line[]
}

const FLIGHTS = "vega-datasets/data/flights-200k.json"

/** Flights keyed by their distance, each as one line of JSON. */
export function readFlights(): Input {
  // The package exports its program alone: the data lies beside it.
  const program = createRequire(import.meta.url).resolve("vega-datasets")
  const path = join(program.slice(0, program.lastIndexOf("vega-datasets")), FLIGHTS)
  const flights = JSON.parse(readFileSync(path, "utf8")) as { distance: number }[]
  const lines = flights.map((flight) => {
    return { key: String(flight.distance), value: JSON.stringify(flight) }
  })
  return { name: FLIGHTS, lines }
}

/** The lines of a text or JSON-lines file, without keys; empty lines are left out. */
export function readLines(path: string): Input {
  const lines = readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter((line) => line !== "")
  if (lines.length === 0) throw new Error(`${path} has no lines`)
  return { name: path, lines: lines.map((value) => ({ key: null, value })) }
}

/** One checksum for a set of records whatever their order: SHA-256 over the sorted records. */
export function contentChecksum(records: readonly string[]): string {
  const hash = createHash("sha256")
  for (const record of [...records].sort()) hash.update(record).update("\n")
  return hash.digest("hex")
}

/** A record as one string, for `contentChecksum`. */
export function lineText({ key, value }: Line): string {
  return `${key ?? ""}\t${value}`
}
