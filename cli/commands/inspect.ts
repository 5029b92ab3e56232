/**
 * `millrace inspect`: what is in the files of a log, also while a broker writes them. Reads only;
 * exit status 1 when something is damaged.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Command } from "commander"
import { errnoName } from "../../native/errno.ts"
import { openOs } from "../../native/index.ts"
import type { Os } from "../../native/os.ts"
import { type InspectedLine, inspectFile, type ProblemLine } from "../../storage/inspect.ts"
import { isTextFile } from "../../storage/inspect-text.ts"
import { parseLogDirectory, parseSegmentName } from "../../storage/layout.ts"
import { CliError, EXIT } from "../failure.ts"
import { isInWindow, type OffsetWindow, toJsonLine, toRow } from "../inspected.ts"
import { helpOf, outputOption, wholeNumber } from "../options.ts"
import { counted, note, writeLine } from "../output.ts"
import { JsonPrinter, type OutputFormat, type Row, TableShape } from "../table.ts"

interface InspectCommandOptions {
  records: boolean
  from?: number
  to?: number
  output: OutputFormat
}

/** Rows of a table that are aligned together. */
const TABLE_ROWS = 500

/** Time that a broker gets to finish the batch it is writing. */
const WRITE_MS = 200

/** Gives the command its options. */
export function configure(command: Command): void {
  command
    .option("--records", "print records, not batches; of a directory nothing else", false)
    .option("--from <offset>", "leave out what ends before this offset", wholeNumber("--from", 0))
    .option(
      "--to <offset>",
      "leave out what starts at this offset or later",
      wholeNumber("--to", 0),
    )
    .addOption(outputOption())
    .addHelpText("after", helpText)
    .action(inspect)
}

const helpText = helpOf({
  notes: `
A path is a partition's directory or one file: .log, .index, .timeindex,
.txnindex, .snapshot, leader-epoch-checkpoint, partition.metadata,
meta.properties, or an offset checkpoint.`,
  failed: "something is damaged or cannot be read",
  examples: `
  millrace inspect ./millrace-data/flights-0
  millrace inspect ./millrace-data/flights-0/00000000000000000000.log --records --to 10
  millrace inspect ./millrace-data/flights-0 -o ndjson | grep '"type":"problem"'`,
})

async function inspect(paths: string[], options: InspectCommandOptions): Promise<void> {
  const os = openOs()
  const printer = options.output === "table" ? new TablePrinter() : jsonPrinter(options.output)
  const window = { from: options.from ?? 0, to: options.to ?? Number.POSITIVE_INFINITY }
  let problemCount = 0
  try {
    const files = paths.flatMap((path) => filesOf(os, path, { window, onlyData: options.records }))
    for (const path of files) {
      await printer.file(path, files.length > 1)
      for await (const line of linesOf(os, path, options.records)) {
        if (!isInWindow(line, window)) continue
        if (line.type === "problem") problemCount++
        if (line.type !== "batch" || !options.records) await printer.print(line)
      }
    }
    await printer.end()
  } finally {
    os.close()
  }
  if (problemCount === 0) return
  note(`millrace: ${counted(problemCount, "problem")} found`)
  process.exitCode = EXIT.failed
}

/** What is wanted of a directory. */
interface Wanted {
  window: OffsetWindow
  onlyData: boolean
}

/** The files that a path stands for, those of a directory in the order of their names. */
function filesOf(os: Os, path: string, wanted: Wanted): string[] {
  const stat = os.files.stat(path)
  if (typeof stat === "number") throw new CliError(`cannot read ${path}: ${errnoName(stat)}`)
  if (!stat.isDirectory) {
    const name = baseName(path)
    if (parseSegmentName(name) !== undefined || isTextFile(name)) return [path]
    throw new CliError(`${path} is not a file of a log, by its name`, EXIT.usage)
  }
  const directory = path.replace(/(?<=.)\/+$/, "")
  const names = os.files.list(directory)
  if (typeof names === "number") throw new CliError(`cannot read ${path}: ${errnoName(names)}`)
  const known = names.filter((name) => parseSegmentName(name) !== undefined || isTextFile(name))
  const isLog = known.some((name) => parseSegmentName(name) !== undefined)
  if (!isLog && parseLogDirectory(baseName(directory)) === undefined)
    throw new CliError(`${path} is not a partition's directory${hint(names)}`, EXIT.usage)
  return segmentsIn(known, wanted).map((name) => `${directory}/${name}`)
}

function hint(names: readonly string[]): string {
  const partition = names.find((name) => parseLogDirectory(name) !== undefined)
  return partition === undefined ? "" : `; name one that is in it, such as ${partition}`
}

/** Leaves out the files of segments that have no offset of the window. */
function segmentsIn(names: readonly string[], { window, onlyData }: Wanted): string[] {
  const bases = names.flatMap((name) => {
    const parsed = parseSegmentName(name)
    return parsed?.kind === "data" ? [parsed.offset] : []
  })
  const first = bases.findLast((base) => base <= window.from) ?? 0
  return names.filter((name) => {
    const parsed = parseSegmentName(name)
    if (onlyData && parsed?.kind !== "data") return false
    if (parsed === undefined || parsed.kind === "snapshot") return true
    return parsed.offset >= first && parsed.offset < window.to
  })
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1)
}

/** The lines of a file. A batch that is being written looks cut short: it gets time to be whole. */
async function* linesOf(os: Os, path: string, withRecords: boolean): AsyncGenerator<InspectedLine> {
  let fromPosition = 0
  for (;;) {
    let cut: ProblemLine | undefined
    for (const line of inspectFile(os, path, { withRecords, fromPosition })) {
      if (line.type === "problem" && line.isCutShort) cut = line
      else yield line
    }
    if (cut === undefined) return
    const size = sizeOf(os, path)
    await sleep(WRITE_MS)
    if (sizeOf(os, path) === size) {
      const { isCutShort: _, ...problem } = cut
      yield problem
      return
    }
    fromPosition = cut.position
  }
}

function sizeOf(os: Os, path: string): number {
  const stat = os.files.stat(path)
  return typeof stat === "number" ? stat : stat.size
}

interface Printer {
  /** What follows is about this file. */
  file(path: string, hasOthers: boolean): Promise<void>
  print(line: InspectedLine): Promise<void>
  end(): Promise<void>
}

function jsonPrinter(format: "json" | "ndjson"): Printer {
  const json = new JsonPrinter(format)
  let file = ""
  return {
    file: async (path) => {
      file = path
    },
    print: (line) => json.print(toJsonLine(line, file)),
    end: () => json.end(),
  }
}

/** A table per file; problems stand where they were found. */
class TablePrinter implements Printer {
  #shape = new TableShape()
  #rows: Row[] = []
  #fileCount = 0

  async file(path: string, hasOthers: boolean): Promise<void> {
    await this.end()
    this.#shape = new TableShape()
    if (hasOthers) await writeLine(`${this.#fileCount++ === 0 ? "" : "\n"}${path}`)
  }

  async print(line: InspectedLine): Promise<void> {
    const row = toRow(line)
    if (row !== undefined) {
      if (this.#rows.push(row) >= TABLE_ROWS) await this.end()
      return
    }
    await this.end()
    if (line.type === "problem") await writeLine(`PROBLEM at ${line.position}: ${line.text}`)
    else if (line.type === "note") await writeLine(`note: at ${line.position}: ${line.text}`)
  }

  async end(): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    for (const line of this.#shape.lines(rows)) await writeLine(line)
  }
}
