/**
 * `millrace replay`: republishes a range of a topic into another one, at full speed or at the pace
 * at which it was recorded, or moves a consumer group back to the start of the range.
 */
import { type Command, Option } from "commander"
import { Admin } from "../../clients/admin/admin.ts"
import { KafkaError } from "../../clients/errors.ts"
import { Producer } from "../../clients/producer/producer.ts"
import { CliError, EXIT } from "../failure.ts"
import { parsePlace } from "../instant.ts"
import { mergeByTime } from "../merge.ts"
import { bootstrapOption, helpOf, outputOption, wholeNumber } from "../options.ts"
import { counted, note } from "../output.ts"
import { startProgress } from "../progress.ts"
import { countRecords, type PartitionRange, resolveRanges } from "../range.ts"
import { readRanges } from "../range-reader.ts"
import { ReplayState } from "../replay-state.ts"
import { Republisher } from "../republisher.ts"
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
  isolation: "read_committed" | "read_uncommitted"
  output: OutputFormat
}

/** How often records are flushed and the state file is brought up to date. */
const SAVE_EVERY_RECORDS = 20_000
const SAVE_EVERY_MS = 2_000

/** Gives the command its options. */
export function configure(command: Command): void {
  command
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
    .addOption(
      new Option("--isolation <level>", "which records of transactions to replay")
        .choices(["read_uncommitted", "read_committed"])
        .default("read_committed"),
    )
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
    const all = await resolveRanges(admin, [topic], {
      from: parsePlace(options.from, now),
      to: parsePlace(options.to, now),
      partitions: options.partition === undefined ? undefined : [options.partition],
      isolation: options.isolation,
    })
    const { into, toGroup, state: path } = options
    const state = path && into ? new ReplayState(path, topic, into) : undefined
    const ranges = state ? state.resume(all) : all
    if (options.dryRun) return await printPlan(ranges, options)
    if (toGroup !== undefined) return await moveGroup(admin, ranges, toGroup)
    await prepareTarget(admin, topic, ranges, options)
    await republish(topic, { ranges, state }, options)
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

/** Makes the target as wide as the source when it does not exist yet; else it must be. */
async function prepareTarget(
  admin: Admin,
  topic: string,
  ranges: readonly PartitionRange[],
  { into, partitioning }: ReplayOptions,
): Promise<void> {
  const topics = await admin.listTopics({ internal: true })
  const countOf = (name: string) => topics.find((found) => found.name === name)?.partitionCount
  const [source, target] = [countOf(topic)!, countOf(into!)]
  if (target === undefined) {
    await admin.createTopics([{ name: into!, partitionCount: source }])
    note(`created ${into} with ${counted(source, "partition")}`)
    return
  }
  const needed = 1 + Math.max(...ranges.map(({ partition }) => partition))
  if (partitioning === "by-key" || target >= needed) return
  const has = `${into} has ${counted(target, "partition")} where ${needed} are needed`
  throw new CliError(`${has}: add some, or use --partitioning by-key`)
}

async function moveGroup(admin: Admin, ranges: readonly PartitionRange[], group: string) {
  const offsets = ranges.map(({ topic, partition, start }) => ({ topic, partition, offset: start }))
  try {
    await admin.setGroupOffsets(group, offsets)
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== "UNKNOWN_MEMBER_ID") throw error
    throw new CliError(`group ${group} has members at the moment: stop its consumers first`)
  }
  note(`group ${group} will read ${counted(countRecords(ranges), "record")} again`)
}

interface Work {
  ranges: readonly PartitionRange[]
  state: ReplayState | undefined
}

async function republish(topic: string, { ranges, state }: Work, options: ReplayOptions) {
  const into = options.into!
  const { bootstrap, isolation } = options
  const producer = new Producer({
    bootstrapServers: bootstrap,
    clientId: "millrace-cli",
    lingerMs: 5,
  })
  const stop = onInterrupt()
  const progress = startProgress("replay", countRecords(ranges), "records")
  const run = new Republisher(producer, { ...options, into })
  let savedAt = performance.now()
  let unsaved = 0
  const save = async () => {
    await run.flush()
    state?.save(ranges, run.next)
    unsaved = 0
    savedAt = performance.now()
  }
  const read = (which: readonly PartitionRange[]) =>
    readRanges(which, { bootstrap, isolation, stop })
  // Partitions are read independently of each other, but their records happened in one time.
  const records =
    options.pace === "recorded" ? mergeByTime(ranges.map((range) => read([range]))) : read(ranges)
  try {
    for await (const record of records) {
      if (!(await run.send(record, stop))) break
      progress.update(run.count)
      const isDue = performance.now() - savedAt > SAVE_EVERY_MS
      if (++unsaved >= SAVE_EVERY_RECORDS || isDue) await save()
    }
    await save()
  } finally {
    progress.stop()
    await producer.close()
  }
  const ending = stop.aborted ? " (stopped)" : ""
  note(`${counted(run.count, "record")} of ${topic} replayed into ${into}${ending}`)
}
