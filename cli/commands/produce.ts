/** `millrace produce`: lines or JSON lines from a file or stdin into a topic. */
import { createReadStream, statSync } from "node:fs"
import { createInterface } from "node:readline"
import { type Command, Option } from "commander"
import { Producer } from "../../clients/index.ts"
import { CliError } from "../failure.ts"
import { type LineFormat, parseLine } from "../lines.ts"
import { bootstrapOption, collectPair, wholeNumber } from "../options.ts"
import { note } from "../output.ts"
import { startProgress } from "../progress.ts"

interface ProduceOptions {
  bootstrap: string
  file?: string
  format: LineFormat
  keySeparator?: string
  keyField?: string
  header?: Record<string, string>
  partition?: number
  compression: "none" | "gzip" | "snappy" | "lz4" | "zstd"
  acks: "0" | "1" | "all"
  linger: number
}

/** Lines handed to the producer in one call. */
const GROUP_LINES = 1_000

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command("produce <topic>")
    .description("Send lines or JSON lines to a topic.")
    .option("-f, --file <path>", "read this file instead of stdin")
    .addOption(
      new Option("--format <format>", "what a line is").choices(["lines", "json"]).default("lines"),
    )
    .option("-k, --key-separator <text>", "what stands between key and value in a line")
    .option("--key-field <name>", "take the key from this field of a JSON line")
    .option("-H, --header <key=value>", "a header for every record; may be repeated", collectPair)
    .option("-p, --partition <n>", "send all to this partition", wholeNumber("--partition", 0))
    .addOption(
      new Option("-z, --compression <codec>", "how batches are compressed")
        .choices(["none", "gzip", "snappy", "lz4", "zstd"])
        .default("none"),
    )
    .addOption(
      new Option("-a, --acks <acks>", "what to wait for").choices(["0", "1", "all"]).default("all"),
    )
    .option("--linger <ms>", "wait this long to fill batches", wholeNumber("--linger", 0), 5)
    .addOption(bootstrapOption())
    .action(produce)
}

async function produce(topic: string, options: ProduceOptions): Promise<void> {
  const input = openInput(options.file)
  const producer = new Producer({
    bootstrapServers: options.bootstrap,
    clientId: "millrace-cli",
    acks: options.acks === "all" ? "all" : (Number(options.acks) as 0 | 1),
    compression: options.compression,
    lingerMs: options.linger,
  })
  try {
    const count = await sendLines(producer, topic, input, options)
    note(`${count} records sent to ${topic}`)
  } finally {
    await producer.close()
  }
}

interface Input {
  stream: NodeJS.ReadableStream
  name: string
  size: number | undefined
}

function openInput(path: string | undefined): Input {
  if (path === undefined) return { stream: process.stdin, name: "stdin", size: undefined }
  try {
    return { stream: createReadStream(path), name: path, size: statSync(path).size }
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

async function sendLines(
  producer: Producer,
  topic: string,
  input: Input,
  options: ProduceOptions,
): Promise<number> {
  const progress = startProgress("produce", input.size, "bytes")
  const common = Object.entries(options.header ?? {}).map(([key, value]) => {
    return { key, value: Buffer.from(value) }
  })
  let lineNumber = 0
  let bytes = 0
  let group: Parameters<Producer["sendBatch"]>[0][number][] = []
  const lines = createInterface({ input: input.stream, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) {
      lineNumber++
      bytes += Buffer.byteLength(line) + 1
      const { partition, ...record } = parseLine(line, options, () => `${input.name}:${lineNumber}`)
      const chosen = options.partition ?? partition
      group.push({
        topic,
        ...record,
        headers: [...common, ...record.headers],
        ...(chosen === undefined ? {} : { partition: chosen }),
      })
      if (group.length < GROUP_LINES) continue
      await producer.enqueue(group)
      group = []
      progress.update(bytes)
    }
    await producer.enqueue(group)
    await producer.flush()
    progress.update(bytes)
  } finally {
    progress.stop()
  }
  return lineNumber
}
