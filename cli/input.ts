/**
 * Reads files and stdin as lines of bytes: text of any encoding stays as it is. A line ends with a
 * newline (a carriage return before it is not part of the line) or with the input.
 */
import { createReadStream, statSync } from "node:fs"
import { CliError, describeFailure } from "./failure.ts"

/** Longest line; it has to fit into one record anyway. */
const MAX_LINE_BYTES = 256 * 1024 * 1024

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Where lines come from. */
export interface Input {
  readonly stream: AsyncIterable<Buffer>
  /** A path, or "stdin": for messages. */
  readonly name: string
  /** Undefined where it is not known before the end. */
  readonly sizeBytes: number | undefined
}

/** Opens a file, or stdin when no path is given; `stop` ends the reading as the end would. */
export function openInput(path: string | undefined, stop: AbortSignal): Input {
  if (path === undefined) {
    stop.addEventListener("abort", () => process.stdin.destroy())
    return { stream: readAll("stdin", process.stdin, stop), name: "stdin", sizeBytes: undefined }
  }
  const size = sizeOf(path)
  const file = createReadStream(path, { highWaterMark: 262_144, signal: stop })
  return { stream: readAll(path, file, stop), name: path, sizeBytes: size }
}

function sizeOf(path: string): number | undefined {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw new Error("it is a directory")
    return stat.isFile() ? stat.size : undefined
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${describeFailure(error)}`)
  }
}

async function* readAll(
  name: string,
  stream: NodeJS.ReadableStream,
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    if (stop.aborted) return
    throw new CliError(`cannot read ${name}: ${describeFailure(error)}`)
  }
}

/** Cuts a stream of bytes into lines; all lines that a chunk completes come together. */
export async function* splitLines(input: Input): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = []
  let restLength = 0
  for await (const chunk of input.stream) {
    const lines: Buffer[] = []
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, at)
      lines.push(withoutReturn(rest.length === 0 ? piece : Buffer.concat([...rest, piece])))
      rest = []
      restLength = 0
      start = at + 1
    }
    if (lines.length > 0) yield lines
    if (start === chunk.length) continue
    rest.push(chunk.subarray(start))
    restLength += chunk.length - start
    if (restLength > MAX_LINE_BYTES)
      throw new CliError(`${input.name}: a line is longer than ${MAX_LINE_BYTES} bytes`)
  }
  if (rest.length > 0) yield [withoutReturn(Buffer.concat(rest))]
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line
}
