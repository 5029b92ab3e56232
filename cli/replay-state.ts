/**
 * Where a replay has come to, in a small JSON file, so that it can stop and go on later. The file
 * is replaced atomically, and only after the records before its offsets were acknowledged: what a
 * crash can cost is that records sent since the last save are sent again, never that one is missed.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { CliError } from "./failure.ts"
import type { PartitionRange } from "./range.ts"

interface Saved {
  from: string
  into: string
  /** "topic partition" -> next offset to replay, and the end of the range. */
  partitions: Record<string, { next: number; end: number }>
}

/** The progress of one replay, kept in a file. */
export class ReplayState {
  readonly #path: string
  readonly #from: string
  readonly #into: string

  constructor(path: string, from: string, into: string) {
    this.#path = path
    this.#from = from
    this.#into = into
  }

  /** The ranges that are left: those given when there is no file yet, else what the file says. */
  resume(ranges: readonly PartitionRange[]): PartitionRange[] {
    const saved = this.#read()
    if (saved === undefined) return [...ranges]
    return Object.entries(saved.partitions).map(([name, { next, end }]) => {
      const at = name.lastIndexOf(" ")
      return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)), start: next, end }
    })
  }

  /** Replaces the file. */
  save(ranges: readonly PartitionRange[], next: ReadonlyMap<string, number>): void {
    const partitions = Object.fromEntries(
      ranges.map(({ topic, partition, start, end }) => {
        const name = `${topic} ${partition}`
        return [name, { next: next.get(name) ?? start, end }]
      }),
    )
    const saved: Saved = { from: this.#from, into: this.#into, partitions }
    writeFileSync(`${this.#path}.tmp`, `${JSON.stringify(saved, null, 2)}\n`)
    renameSync(`${this.#path}.tmp`, this.#path)
  }

  #read(): Saved | undefined {
    let text: string
    try {
      text = readFileSync(this.#path, "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw new CliError(`cannot read ${this.#path}: ${(error as Error).message}`)
    }
    const saved = parse(this.#path, text)
    if (saved.from === this.#from && saved.into === this.#into) return saved
    throw new CliError(
      `${this.#path} belongs to a replay of ${saved.from} into ${saved.into}: ` +
        "name another file, or delete it to start over",
    )
  }
}

function parse(path: string, text: string): Saved {
  try {
    const saved = JSON.parse(text) as Saved
    if (typeof saved.from === "string" && typeof saved.partitions === "object") return saved
  } catch {
    // Falls through to the one message for both kinds of damage.
  }
  throw new CliError(`${path} is not a replay state: delete it to start over`)
}
