/** Rows of text as aligned columns, and the three output formats of the listing commands. */
import { writeLine } from "./output.ts"

/** What `--output` accepts. */
export type OutputFormat = "table" | "json" | "ndjson"

/** One row of a listing: column name -> value. */
export type Row = Record<string, string | number | boolean | null>

/** Prints rows as an aligned table (numbers to the right), one JSON array, or one JSON per line. */
export async function printRows(rows: readonly Row[], format: OutputFormat): Promise<void> {
  if (format === "json") return writeLine(JSON.stringify(rows, null, 2))
  if (format === "ndjson") {
    for (const row of rows) await writeLine(JSON.stringify(row))
    return
  }
  for (const line of formatTable(rows)) await writeLine(line)
}

/** The lines of an aligned table; the first is the heading. No rows: no lines. */
export function formatTable(rows: readonly Row[]): string[] {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return []
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column])))
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]!.length)),
  )
  const isNumber = columns.map((column) => rows.every((row) => typeof row[column] === "number"))
  const align = (row: readonly string[]) =>
    row
      .map((cell, index) =>
        isNumber[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join("  ")
      .trimEnd()
  return [align(columns.map((column) => column.toUpperCase())), ...cells.map(align)]
}

function formatCell(value: Row[string] | undefined): string {
  return value === null || value === undefined ? "-" : String(value)
}
