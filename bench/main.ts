/**
 * `npm run bench`: the same load against Millrace and, with `--against kafka`, Apache Kafka, broker
 * by broker in turn within each kind of work, so that a drift of the machine meets both. See
 * README.md.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus, release, tmpdir, totalmem } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Command, Option } from "commander"
import { describeFailure } from "../cli/failure.ts"
import { wholeNumber } from "../cli/options.ts"
import { note, writeLine } from "../cli/output.ts"
import { Admin } from "../clients/index.ts"
import { systemCongestionControl, useCongestionControl } from "./congestion-control.ts"
import { type Case, cases, type MakeTopic } from "./e2e/cases.ts"
import { kafkaMissing, startKafka } from "./peers/kafka.ts"
import { startMillrace } from "./peers/millrace.ts"
import type { RunningBroker, StartBrokerOptions } from "./peers/peer.ts"
import { memoryMb } from "./process-stats.ts"
import { drawChart, type Figure, formatReport, summarize } from "./report.ts"
import { touchMemory } from "./touch-memory.ts"

interface Options {
  against: string[]
  only: string[]
  runs: number
  scale: number
  out: string
  durability: string
  congestion: string
}

type Start = (options: StartBrokerOptions) => Promise<RunningBroker>

/** Seconds a broker is left alone before its idle memory is read. */
const IDLE_SECONDS = 5
const FIRST_PORT = 29_092
/** How long the brokers keep the files of a deleted topic. */
const DELETE_DELAY_MS = 500
/** A broker that was frozen may have to renew its registration before it leads again. */
const THAW_MS = 6_000

const groups = [...new Set(cases.map(({ group }) => group))]
const list = (text: string) => text.split(",").filter((word) => word !== "")

const program = new Command("bench")
  .addOption(
    new Option("--against <broker>", "also measure this one: kafka").argParser(list).default([]),
  )
  .addOption(
    new Option("--only <groups>", `start,${groups.join(",")}`)
      .argParser(list)
      .default(["start", ...groups]),
  )
  .option("--runs <n>", "runs of each kind of work", wholeNumber("--runs", 1, 100), 3)
  .option("--scale <factor>", "this share of the usual amount of work", Number, 1)
  .option("--out <dir>", "where the JSON and the chart go", "bench/results")
  .option(
    "--congestion <name>",
    "TCP congestion control of all brokers; not system: as root",
    "system",
  )
  .option("--durability <mode>", "of the Millrace broker: os is what Kafka promises", "os")

async function main(options: Options): Promise<void> {
  const starters = new Map<string, Start>([["millrace", startMillrace]])
  if (options.against.includes("kafka")) {
    const missing = kafkaMissing()
    if (missing !== undefined) throw new Error(missing)
    starters.set("kafka", startKafka)
  }
  const restoreCongestion = useCongestionControl(options.congestion)
  note(`congestion control of all brokers: ${systemCongestionControl()}`)
  const figures: Figure[] = []
  if (options.only.includes("start")) await measureStart(starters, options, figures)
  const brokers: RunningBroker[] = []
  try {
    for (const [name, start] of starters)
      brokers.push(await start(startOptions(name, brokers.length, options)))
    for (const broker of brokers) await warmUp(broker)
    for (const work of cases.filter(({ group }) => options.only.includes(group)))
      for (let run = 0; run < options.runs; run++)
        for (const broker of brokers) {
          const others = work.isAlone ? brokers.filter((other) => other !== broker) : []
          const measured = await withFrozen(others, () => measure(work, broker, options))
          figures.push(...measured)
        }
  } finally {
    for (const broker of brokers) await broker.stop()
    restoreCongestion()
  }
  await report(figures, [...starters.keys()], options)
}

function startOptions(name: string, index: number, { durability }: Options): StartBrokerOptions {
  const own = name === "millrace" ? { durability, "congestion.control": "system" } : {}
  const settings = { ...own, "log.segment.delete.delay.ms": String(DELETE_DELAY_MS) }
  return { port: FIRST_PORT + index, settings }
}

/** From starting the process to its first answer, and its memory when nothing happens. */
async function measureStart(
  starters: ReadonlyMap<string, Start>,
  options: Options,
  figures: Figure[],
) {
  for (let run = 0; run < options.runs; run++) {
    for (const [broker, start] of starters) {
      const running = await start(startOptions(broker, 10 + run, options))
      await sleep(IDLE_SECONDS * 1000)
      const memory = memoryMb(running.pid).now
      await running.stop()
      const shared = { broker, better: "less" } as const
      figures.push(
        {
          ...shared,
          work: "start",
          measure: "to the first answer",
          unit: "s",
          value: running.readyMs / 1000,
        },
        { ...shared, work: "idle", measure: "resident", unit: "MB", value: memory },
      )
      note(
        `start ${broker}: ${(running.readyMs / 1000).toFixed(3)} s, idle ${memory.toFixed(0)} MB`,
      )
    }
  }
}

/** A share of each kind of work whose figures are thrown away: compilers and caches are
 *  warm then. */
async function warmUp(broker: RunningBroker): Promise<void> {
  for (let round = 0; round < 2; round++)
    for (const work of cases.filter(({ group }) => group !== "latency"))
      await runCase(work, broker, 0.15)
  note(`${broker.name} is warm`)
}

async function measure(work: Case, broker: RunningBroker, options: Options): Promise<Figure[]> {
  touchMemory(tmpdir(), (work.touchBytes ?? 0) * options.scale)
  const measured = await runCase(work, broker, options.scale)
  const text = measured.map(
    ({ measure, value, unit }) => `${measure} ${value.toPrecision(4)} ${unit}`,
  )
  note(`${work.work}: ${broker.name}: ${text.join(", ")}`)
  return measured.map((figure) => ({ ...figure, broker: broker.name, work: work.work }))
}

/** Stops the processes of `brokers` while `run` goes on, and lets them find their feet after. */
async function withFrozen<T>(brokers: readonly RunningBroker[], run: () => Promise<T>): Promise<T> {
  for (const { pid } of brokers) process.kill(pid, "SIGSTOP")
  try {
    return await run()
  } finally {
    for (const { pid } of brokers) process.kill(pid, "SIGCONT")
    if (brokers.length > 0) await sleep(THAW_MS)
  }
}

/** Runs one kind of work and deletes its topics again. */
async function runCase(work: Case, broker: RunningBroker, scale: number) {
  const admin = new Admin({ bootstrapServers: `127.0.0.1:${broker.port}`, clientId: "bench" })
  const made: string[] = []
  const makeTopic: MakeTopic = async ({ partitions, sync = false }) => {
    const name = `bench-${process.pid}-${performance.now().toFixed(0)}`
    const synced =
      broker.name === "millrace" ? { "millrace.durability": "fsync" } : { "flush.messages": "1" }
    await admin.createTopics([{ name, partitionCount: partitions, configs: sync ? synced : {} }])
    made.push(name)
    await sleep(500) // Kafka may name a leader shortly before it accepts records
    return name
  }
  try {
    return await work.run(broker, makeTopic, scale)
  } finally {
    if (made.length > 0) await admin.deleteTopics(made)
    await admin.close()
    await sleep(4 * DELETE_DELAY_MS) // else the next run would pay for writing back what is deleted
  }
}

async function report(figures: Figure[], brokers: string[], options: Options): Promise<void> {
  const rows = summarize(figures)
  for (const line of formatReport(rows, brokers)) await writeLine(line)
  const path = join(options.out, `${new Date().toISOString().slice(0, 19).replace(/:/g, "")}`)
  mkdirSync(dirname(path), { recursive: true })
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    kernel: release(),
    memory: totalmem(),
  }
  writeFileSync(`${path}.json`, `${JSON.stringify({ machine, options, figures }, null, 2)}\n`)
  note(`figures: ${path}.json`)
  for (const peer of brokers.slice(1)) {
    writeFileSync(`${path}-${peer}.svg`, drawChart(rows, brokers[0]!, peer))
    note(`chart: ${path}-${peer}.svg`)
  }
}

program.action(main)
program.parseAsync().catch((error: unknown) => {
  note(`bench: ${describeFailure(error)}`)
  process.exitCode = 1
})
