/**
 * `millrace replay`: republishes a range of a topic into another one, at full speed or at the pace
 * at which it was recorded, or moves a consumer group back to the start of the range.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Command, Option } from "commander"
import { Admin, type ConsumerRecord, Producer } from "../../clients/index.ts"
import { CliError, EXIT } from "../failure.ts"
import { parsePlace } from "../instant.ts"
import { bootstrapOption, helpOf, outputOption, wholeNumber } from "../options.ts"
import { counted, note } from "../output.ts"
import { startProgress } from "../progress.ts"
import { countRecords, type PartitionRange, resolveRanges } from "../range.ts"
import { readRanges } from "../range-reader.ts"
import { ReplayState } from "../replay-state.ts"
import { onInterrupt } from "../signals.ts"
import { type OutputFormat, printRows } from "../table.ts"

interface ReplayOptions {
  bootstrap: string
  from: string
  to: string
  into?: string
  toGroup?: string
  partition?: number
  dryRun: boolean
  pace: "full" | "recorded"
  speed: number
  partitioning: "same" | "by-key"
  state?: string
  output: OutputFormat
}

/** How often the state file is brought up to date, and records flushed for it. */
const SAVE_EVERY_RECORDS = 20_000

/** Records handed to the producer in one call. */
const GROUP_RECORDS = 1_000

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command("replay <topic>")
    .description("Republish a range of a topic, or move a group back to its start.")
    .option("--from <place>", "earliest, an offset, '2h ago' or a date", "earliest")
    .option("--to <place>", "where to stop: latest, an offset, '1h ago' or a date", "latest")
    .option("--into <topic>", "send the records to this topic")
    .option("--to-group <id>", "set the group's offsets to the start of the range instead")
    .option("-p, --partition <n>", "only this partition", wholeNumber("--partition", 0))
    .option("--dry-run", "print what would be done", false)
    .addOption(
      new Option("--pace <pace>", "as fast as possible, or with the gaps of the recording")
        .choices(["full", "recorded"])
        .default("full"),
    )
    .option("--speed <factor>", "with --pace recorded: this many times as fast", Number, 1)
    .addOption(
      new Option("--partitioning <how>", "same partition numbers, or chosen anew by key")
        .choices(["same", "by-key"])
        .default("same"),
    )
    .option("--state <file>", "remember here how far it came; run again to go on")
    .addOption(bootstrapOption())
    .addOption(outputOption())
    .addHelpText("after", helpText)
    .action(replay)
}

const helpText = helpOf({
  notes: `
Keys, values, headers and timestamps are kept. --to-group moves a group that
has no members at the moment. With --state the range is fixed by the first
run; a run that was stopped goes on where the last acknowledged record was,
and a finished one does nothing.`,
  interrupted: "with --state, run it again to go on",
  examples: `
  millrace replay orders --from '2h ago' --into orders-again --dry-run
  millrace replay orders --from 2026-01-31T12:00:00Z --to '1h ago' --into orders-again
  millrace replay orders --into orders-again --pace recorded --speed 10
  millrace replay orders --into orders-again --state replay.json
  millrace replay orders --from '1d ago' --to-group billing`,
})

async function replay(topic: string, options: ReplayOptions): Promise<void> {
  if ((options.into === undefined) === (options.toGroup === undefined))
    throw new CliError("give either --into TOPIC or --to-group GROUP", EXIT.usage)
  if (options.into === topic)
    throw new CliError("--into names the topic itself: it would never end", EXIT.usage)
  if (!(options.speed > 0)) throw new CliError("--speed takes a number above 0", EXIT.usage)
  const admin = new Admin({ bootstrapServers: options.bootstrap, clientId: "millrace-cli" })
  try {
    const now = Date.now()
    const ranges = await resolveRanges(admin, [topic], {
      from: parsePlace(options.from, now),
      to: parsePlace(options.to, now),
      partitions: options.partition === undefined ? undefined : [options.partition],
    })
    if (options.dryRun) return await printPlan(ranges, options)
    if (options.toGroup !== undefined) return await moveGroup(admin, ranges, options.toGroup)
    await republish(topic, ranges, options)
  } finally {
    await admin.close()
  }
}

async function printPlan(ranges: readonly PartitionRange[], options: ReplayOptions): Promise<void> {
  const target = options.into ?? `group ${options.toGroup}`
  await printRows(
    ranges.map((range) => ({ ...range, records: range.end - range.start, target })),
    options.output,
  )
  note(`${counted(countRecords(ranges), "record")}; nothing was done (--dry-run)`)
}

async function moveGroup(admin: Admin, ranges: readonly PartitionRange[], group: string) {
  await admin.setGroupOffsets(
    group,
    ranges.map(({ topic, partition, start }) => ({ topic, partition, offset: start })),
  )
  note(`group ${group} will read ${counted(countRecords(ranges), "record")} again`)
}

async function republish(topic: string, all: PartitionRange[], options: ReplayOptions) {
  const into = options.into!
  const state = options.state ? new ReplayState(options.state, topic, into) : undefined
  const ranges = state ? state.resume(all) : all
  const producer = new Producer({
    bootstrapServers: options.bootstrap,
    clientId: "millrace-cli",
    lingerMs: 5,
  })
  const stop = onInterrupt()
  const progress = startProgress("replay", countRecords(ranges), "records")
  const run = new Republisher(producer, into, options)
  let unsaved = 0
  const save = async () => {
    await run.flush()
    state?.save(ranges, run.next)
    unsaved = 0
  }
  try {
    for await (const record of readRanges(ranges, { bootstrap: options.bootstrap, stop })) {
      await run.send(record, stop)
      progress.update(run.count)
      if (++unsaved >= SAVE_EVERY_RECORDS) await save()
    }
    await save()
  } finally {
    progress.stop()
    await producer.close()
  }
  note(
    `${counted(run.count, "record")} of ${topic} replayed into ${into}${stop.aborted ? " (stopped)" : ""}`,
  )
}

/** Sends records on, in groups and at the wanted pace, and knows what has been acknowledged. */
class Republisher {
  readonly #producer: Producer
  readonly #into: string
  readonly #options: ReplayOptions
  #group: Parameters<Producer["sendBatch"]>[0][number][] = []
  #startedAt = 0
  #firstTimestamp: number | undefined
  count = 0
  /** "topic partition" -> offset after the last record handed over. */
  readonly next = new Map<string, number>()

  constructor(producer: Producer, into: string, options: ReplayOptions) {
    this.#producer = producer
    this.#into = into
    this.#options = options
  }

  async send(record: ConsumerRecord, stop: AbortSignal): Promise<void> {
    if (this.#options.pace === "recorded") await this.#keepPace(record.timestamp, stop)
    const { key, value, timestamp, headers, partition } = record
    const where = this.#options.partitioning === "same" ? { partition } : {}
    this.#group.push({ topic: this.#into, key, value, timestamp, headers, ...where })
    this.next.set(`${record.topic} ${record.partition}`, record.offset + 1)
    this.count++
    if (this.#group.length >= GROUP_RECORDS) await this.#sendGroup()
  }

  async flush(): Promise<void> {
    await this.#sendGroup()
    await this.#producer.flush()
  }

  async #sendGroup(): Promise<void> {
    const group = this.#group
    this.#group = []
    if (group.length > 0) await this.#producer.enqueue(group)
  }

  async #keepPace(timestamp: number, stop: AbortSignal): Promise<void> {
    if (this.#firstTimestamp === undefined) {
      this.#firstTimestamp = timestamp
      this.#startedAt = performance.now()
    }
    const dueAt = this.#startedAt + (timestamp - this.#firstTimestamp) / this.#options.speed
    const wait = dueAt - performance.now()
    if (wait <= 1) return
    await this.#sendGroup()
    await sleep(wait, undefined, { signal: stop }).catch((error: Error) => {
      if (error.name !== "AbortError") throw error
    })
  }
}
