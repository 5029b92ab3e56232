/** `millrace produce`: lines or JSON lines from a file or stdin into a topic. */
import { type Command, Option } from "commander"
import { Producer } from "../../clients/producer/producer.ts"
import { CliError } from "../failure.ts"
import { type Input, openInput, splitLines } from "../input.ts"
import { type LineFormat, parseLine } from "../lines.ts"
import { bootstrapOption, collectPair, helpOf, wholeNumber } from "../options.ts"
import { counted, note } from "../output.ts"
import { startProgress } from "../progress.ts"
import { onInterrupt } from "../signals.ts"

interface ProduceOptions {
  bootstrap: string
  file?: string
  format: LineFormat
  keySeparator?: string
  keyField?: string
  nullValue?: string
  header?: Record<string, string>
  partition?: number
  compression: "none" | "gzip" | "snappy" | "lz4" | "zstd"
  acks: "0" | "1" | "all"
  linger: number
}

/** How often it is asked, while lines come, whether all went well so far. */
const FLUSH_MS = 2_000

/** Gives the command its options. */
export function configure(command: Command): void {
  command
    .option("-f, --file <path>", "read this file instead of stdin")
    .addOption(
      new Option("--format <format>", "what a line is").choices(["lines", "json"]).default("lines"),
    )
    .option("-k, --key-separator <text>", "what stands between key and value in a line")
    .option("--key-field <name>", "take the key from this field of a JSON line")
    .option("--null-value <text>", "this text as key or value of a line means null")
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
    .addHelpText("after", helpText)
    .action(produce)
}

const helpText = helpOf({
  notes: `
A line of --format json is an object with any of key, value, headers,
timestamp and partition, as consume --format json prints it. Text is a string,
other bytes are {"base64": "..."}.`,
  interrupted: "what was read so far has been sent",
  examples: `
  echo 'hello' | millrace produce greetings
  millrace produce flights --file flights.ndjson --key-field distance --compression zstd
  printf '42:paid\\n17:NULL\\n' | millrace produce orders --key-separator : --null-value NULL
  millrace consume orders --exit --format json | millrace produce orders-copy --format json`,
})

async function produce(topic: string, options: ProduceOptions): Promise<void> {
  const stop = onInterrupt()
  const input = openInput(options.file, stop)
  const producer = new Producer({
    bootstrapServers: options.bootstrap,
    clientId: "millrace-cli",
    acks: options.acks === "all" ? "all" : (Number(options.acks) as 0 | 1),
    compression: options.compression,
    lingerMs: options.linger,
  })
  try {
    const count = await sendLines(producer, topic, input, options)
    note(`${counted(count, "record")} sent to ${topic}${stop.aborted ? " (stopped)" : ""}`)
  } finally {
    await producer.close()
  }
}

async function sendLines(
  producer: Producer,
  topic: string,
  input: Input,
  options: ProduceOptions,
): Promise<number> {
  const progress = startProgress("produce", input.sizeBytes, "bytes")
  const sending = new Sending(producer, topic, { name: input.name, options })
  try {
    for await (const lines of splitLines(input)) {
      await sending.send(lines)
      progress.update(sending.bytes)
    }
    await producer.flush()
  } finally {
    progress.stop()
  }
  return sending.count
}

/** Turns lines into records and hands them to the producer. */
class Sending {
  readonly #producer: Producer
  readonly #name: string
  readonly #toRecord: ReturnType<typeof recordMaker>
  readonly #isJson: boolean
  #flushedAt = performance.now()
  #lineNumber = 0
  count = 0
  bytes = 0

  constructor(producer: Producer, topic: string, from: { name: string; options: ProduceOptions }) {
    this.#producer = producer
    this.#name = from.name
    this.#toRecord = recordMaker(topic, from.options)
    this.#isJson = from.options.format === "json"
  }

  /** Sends lines; when one is wrong, those before it have been stored before this throws. */
  async send(lines: readonly Buffer[]): Promise<void> {
    const group: SentRecord[] = []
    const where = () => `${this.#name}:${this.#lineNumber}`
    let failure: unknown
    for (const line of lines) {
      this.#lineNumber++
      this.bytes += line.length + 1
      if (this.#isJson && line.length === 0) continue
      try {
        group.push(this.#toRecord(line, where))
      } catch (error) {
        failure = error
        break
      }
    }
    await this.#producer.enqueue(group)
    this.count += group.length
    const isDue = performance.now() - this.#flushedAt > FLUSH_MS
    if (!isDue && failure === undefined) return
    // The one way to learn that earlier records could not be stored, long before the input ends.
    await this.#producer.flush()
    this.#flushedAt = performance.now()
    if (failure instanceof CliError)
      throw new CliError(`${failure.message} (${counted(this.count, "record")} before it sent)`)
    if (failure !== undefined) throw failure
  }
}

type SentRecord = Parameters<Producer["sendBatch"]>[0][number]

function recordMaker(topic: string, options: ProduceOptions) {
  const common = Object.entries(options.header ?? {}).map(([key, value]) => {
    return { key, value: Buffer.from(value) }
  })
  return (line: Buffer, where: () => string): SentRecord => {
    const { partition, ...record } = parseLine(line, options, where)
    const chosen = options.partition ?? partition
    const headers = [...common, ...record.headers]
    const place = chosen === undefined ? {} : { partition: chosen }
    return { topic, ...record, headers, ...place }
  }
}
