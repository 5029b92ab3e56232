/** `millrace consume`: records of topics as lines on stdout, following the log or up to its end. */
import { type Command, Option } from "commander"
import { Admin, Consumer, type ConsumerRecord } from "../../clients/index.ts"
import { CliError, EXIT } from "../failure.ts"
import { parsePlace } from "../instant.ts"
import { formatRecord, type LineFormat } from "../lines.ts"
import { bootstrapOption, helpOf, wholeNumber } from "../options.ts"
import { counted, note, write } from "../output.ts"
import { startProgress } from "../progress.ts"
import { countRecords, type PartitionRange, resolveRanges } from "../range.ts"
import { readRanges } from "../range-reader.ts"
import { onInterrupt } from "../signals.ts"

interface ConsumeOptions {
  bootstrap: string
  from: string
  to?: string
  partition?: number
  group?: string
  max?: number
  exit: boolean
  format: LineFormat
  keySeparator?: string
  nullValue?: string
  isolation: "read_committed" | "read_uncommitted"
}

const NEWLINE = Buffer.from("\n")

/** Gives the command its options. */
export function configure(command: Command): void {
  command
    .option("--from <place>", "earliest, latest, an offset, '2h ago' or a date", "earliest")
    .option("--to <place>", "stop there; implies --exit")
    .option("-e, --exit", "stop at the present end of the topics", false)
    .option("-n, --max <count>", "stop after this many records", wholeNumber("--max", 1))
    .option("-p, --partition <n>", "only this partition", wholeNumber("--partition", 0))
    .option("-g, --group <id>", "join this consumer group and commit what was printed")
    .addOption(
      new Option("--format <format>", "how to print").choices(["lines", "json"]).default("lines"),
    )
    .option("-k, --key-separator <text>", "print the key, this text, and the value")
    .option("--null-value <text>", "print this for a null key or value", "")
    .addOption(
      new Option("--isolation <level>", "which records of transactions to read")
        .choices(["read_uncommitted", "read_committed"])
        .default("read_uncommitted"),
    )
    .addOption(bootstrapOption())
    .addHelpText("after", helpText)
    .action(consume)
}

const helpText = helpOf({
  notes: `
With --group the topics are followed, and what has been printed is committed.
With --format json each line has topic, partition, offset, timestamp, key,
value and headers; bytes that are not UTF-8 text are {"base64": "..."}, so
that produce --format json sends the same bytes again.`,
  interrupted: "the group's offsets are committed",
  examples: `
  millrace consume greetings
  millrace consume flights --from '2h ago' --to now --format json > flights.ndjson
  millrace consume orders --group billing --max 100 --key-separator ' => '
  millrace consume orders --from 4711 --partition 0 --max 1`,
})

async function consume(topics: string[], options: ConsumeOptions): Promise<void> {
  if (options.group !== undefined && (options.exit || options.to !== undefined))
    throw new CliError(
      "--group follows the topics: it cannot be used with --to or --exit",
      EXIT.usage,
    )
  const print = printer(options)
  const stop = onInterrupt()
  if (options.group !== undefined) await followGroup(topics, options, { print, stop })
  else await followOrRead(topics, options, { print, stop })
  note(counted(print.count(), "record"))
}

interface Output {
  print: ReturnType<typeof printer>
  stop: AbortSignal
}

/** Prints records until `--max`; `record` returns false when that is reached. */
function printer(options: ConsumeOptions) {
  let count = 0
  return {
    count: () => count,
    record: async (record: ConsumerRecord): Promise<boolean> => {
      const line = formatRecord(record, options)
      await write(typeof line === "string" ? `${line}\n` : Buffer.concat([line, NEWLINE]))
      count++
      return options.max === undefined || count < options.max
    },
  }
}

async function followGroup(topics: string[], options: ConsumeOptions, out: Output): Promise<void> {
  const place = parsePlace(options.from, Date.now())
  if (place.kind !== "earliest" && place.kind !== "latest")
    throw new CliError("with --group, --from is earliest or latest", EXIT.usage)
  await checkTopics(topics, options.bootstrap)
  const consumer = new Consumer({
    bootstrapServers: options.bootstrap,
    clientId: "millrace-cli",
    groupId: options.group!,
    autoOffsetReset: place.kind,
    isolationLevel: options.isolation,
  })
  out.stop.addEventListener("abort", () => void consumer.close())
  try {
    consumer.subscribe(topics)
    for await (const record of consumer) {
      if (await out.print.record(record)) continue
      await consumer.commit()
      break
    }
  } finally {
    await consumer.close()
  }
}

/** A group waits for topics that do not exist yet; at the terminal that is a typing error. */
async function checkTopics(topics: readonly string[], bootstrap: string): Promise<void> {
  const admin = new Admin({ bootstrapServers: bootstrap, clientId: "millrace-cli" })
  try {
    await admin.describeTopics(topics)
  } finally {
    await admin.close()
  }
}

async function followOrRead(topics: string[], options: ConsumeOptions, out: Output): Promise<void> {
  const ranges = await rangesOf(topics, options)
  const isBounded = options.exit || options.to !== undefined
  const progress = startProgress("consume", isBounded ? countRecords(ranges) : undefined, "records")
  try {
    const limited = isBounded ? ranges : ranges.map((range) => ({ ...range, end: Infinity }))
    const reader = readRanges(limited, {
      bootstrap: options.bootstrap,
      isolation: options.isolation,
      stop: out.stop,
    })
    for await (const record of reader) {
      if (!(await out.print.record(record))) break
      if (!process.stdout.isTTY) progress.update(out.print.count())
    }
  } finally {
    progress.stop()
  }
}

async function rangesOf(topics: string[], options: ConsumeOptions): Promise<PartitionRange[]> {
  const now = Date.now()
  const admin = new Admin({ bootstrapServers: options.bootstrap, clientId: "millrace-cli" })
  try {
    return await resolveRanges(admin, topics, {
      from: parsePlace(options.from, now),
      to: parsePlace(options.to ?? "latest", now),
      partitions: options.partition === undefined ? undefined : [options.partition],
      isolation: options.isolation,
    })
  } finally {
    await admin.close()
  }
}
