/** Rows of text as aligned columns, and the three output formats of the listing commands. */
import { write, writeLine } from "./output.ts"

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
  return new TableShape().lines(rows)
}

/** Column widths of a table that comes in pieces: later pieces may widen it, never narrow it. */
export class TableShape {
  #widths: number[] | undefined

  /** The lines of the next rows, below the heading if they are the first. */
  lines(rows: readonly Row[]): string[] {
    const columns = Object.keys(rows[0] ?? {})
    if (columns.length === 0) return []
    const isFirst = this.#widths === undefined
    const headings = columns.map(formatHeading)
    const widths = (this.#widths ??= headings.map((heading) => heading.length))
    const cells = rows.map((row) => columns.map((column) => formatCell(row[column])))
    for (const row of cells)
      row.forEach((cell, index) => {
        widths[index] = Math.max(widths[index]!, cell.length)
      })
    const isNumber = columns.map((column) => rows.every((row) => typeof row[column] === "number"))
    const align = (row: readonly string[]) =>
      row
        .map((cell, index) =>
          isNumber[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
        )
        .join("  ")
        .trimEnd()
    const heading = isFirst ? [align(headings)] : []
    return [...heading, ...cells.map(align)]
  }
}

/** Prints any number of JSON values as one array (one value per line) or one per line. */
export class JsonPrinter {
  readonly #isArray: boolean
  #count = 0

  constructor(format: "json" | "ndjson") {
    this.#isArray = format === "json"
  }

  /** Prints one value. */
  print(value: unknown): Promise<void> {
    const text = JSON.stringify(value)
    if (!this.#isArray) return writeLine(text)
    return write(`${this.#count++ === 0 ? "[\n" : ",\n"}${text}`)
  }

  /** Ends the array. */
  async end(): Promise<void> {
    if (this.#isArray) await write(this.#count === 0 ? "[]\n" : "\n]\n")
  }
}

/** What would move the cursor or end the line is written as an escape, as JSON has it. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const short: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }
    const code = character.charCodeAt(0).toString(16).padStart(4, "0")
    return short[character] ?? `\\u${code}`
  })
}

/** "lastOffset" stands above its column as "LAST OFFSET". */
function formatHeading(column: string): string {
  return column.replace(/([a-z])([A-Z])/g, "$1 $2").toUpperCase()
}

function formatCell(value: Row[string] | undefined): string {
  return value === null || value === undefined ? "-" : escapeControls(String(value))
}
