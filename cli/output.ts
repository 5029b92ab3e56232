/** Writing to stdout with back-pressure, and leaving quietly when the reader of a pipe has gone. */
import { once } from "node:events"
import { EXIT } from "./failure.ts"

/** `millrace consume t | head -1` ends without a stack trace: EPIPE ends the process at once. */
export function closePipesQuietly(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(EXIT.ok)
      throw error
    })
  }
}

/** Writes text or bytes to stdout; waits while the reader is slow. */
export async function write(chunk: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, "drain")
}

/** Writes one line to stdout. */
export function writeLine(line: string): Promise<void> {
  return write(`${line}\n`)
}

/** Writes one line to stderr: what a person should see but a pipe should not. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** "1 record", "1,000 records": a count and what is counted. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`
}
