/**
 * `npm run demo`: the main job on real input. Starts a broker on a fresh directory, produces
 * 200,000 flights while a consumer long-polls them, checks what arrived against the file, replays a
 * closed segment and a range of time, compares the copies byte for byte, and says what happened.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Command } from "commander"
import { describeFailure } from "../../cli/failure.ts"
import { writeLine } from "../../cli/output.ts"
import { resolveRanges } from "../../cli/range.ts"
import { Admin } from "../../clients/index.ts"
import { type DemoBroker, startDemoBroker } from "./broker-process.ts"
import { contentChecksum, type Input, lineText, readFlights, readLines } from "./input.ts"
import { firstClosedSegment, middleThird, produceAndConsume, replayAndCompare } from "./steps.ts"

interface Options {
  file?: string
  keep: boolean
}

const TOPIC = "flights"
const PARTITIONS = 4
/** Small segments, so that the demo closes some: the smallest that Kafka allows. */
const SEGMENT_BYTES = String(1024 * 1024)

const count = (n: number) => Math.round(n).toLocaleString("en")

async function main(options: Options): Promise<void> {
  const input = options.file === undefined ? readFlights() : readLines(options.file)
  await writeLine(`input       ${input.name}: ${count(input.lines.length)} records`)
  const directory = mkdtempSync(join(tmpdir(), "millrace-demo-"))
  const broker = await startDemoBroker(directory)
  let isKept = false
  try {
    await writeLine(`broker      ${broker.readyLine}`)
    await writeLine(
      `            ready ${broker.startMs.toFixed(0)} ms after its process was started`,
    )
    const admin = new Admin({ bootstrapServers: broker.bootstrap })
    try {
      await runMainJob(broker, admin, input)
      await replayParts(broker, admin, directory)
    } finally {
      await admin.close()
    }
    await reportBroker(broker)
    isKept = options.keep
    if (isKept) await explainConnecting(broker, directory)
  } finally {
    if (isKept) broker.leave()
    else await endBroker(broker, directory)
  }
}

async function endBroker(broker: DemoBroker, directory: string): Promise<void> {
  const status = await broker.stop()
  rmSync(directory, { recursive: true, force: true })
  if (status !== 0) throw new Error(`the broker ended with status ${status}`)
}

async function runMainJob(broker: DemoBroker, admin: Admin, { lines }: Input): Promise<void> {
  const configs = { "segment.bytes": SEGMENT_BYTES }
  await admin.createTopics([{ name: TOPIC, partitionCount: PARTITIONS, configs }])
  const flow = await produceAndConsume(broker.bootstrap, TOPIC, lines)
  const perSecond = (seconds: number) => count(lines.length / seconds)
  await writeLine(
    `produce     ${count(lines.length)} records in ${flow.produceSeconds.toFixed(2)} s: ` +
      `${perSecond(flow.produceSeconds)} records/s, acks=all`,
  )
  await writeLine(
    `consume     ${count(flow.received.length)} records by long polls meanwhile: ` +
      `${perSecond(flow.totalSeconds)} records/s`,
  )
  await writeLine(
    `latency     send to arrival under this load: ` +
      `p50 ${flow.p50Ms.toFixed(1)} ms, p99 ${flow.p99Ms.toFixed(1)} ms`,
  )
  const sent = contentChecksum(lines.map(lineText))
  const got = contentChecksum(flow.received)
  if (flow.received.length !== lines.length || sent !== got)
    throw new Error(`what arrived differs from the input: ${got} instead of ${sent}`)
  await writeLine(`check       counts equal, content equal: sha256 ${sent.slice(0, 16)}…`)
}

async function replayParts(broker: DemoBroker, admin: Admin, directory: string): Promise<void> {
  const { bootstrap } = broker
  const segment = firstClosedSegment(directory, TOPIC, 0)
  const segmentBounds = ["--from", String(segment.start), "--to", String(segment.end)]
  const copied = await replayAndCompare(bootstrap, admin, {
    ranges: [segment],
    into: `${TOPIC}-segment`,
    args: ["--partition", "0", ...segmentBounds],
  })
  await writeLine(
    `replay      closed segment 0 of partition 0: ${count(copied)} records, copy equal`,
  )
  const [whole] = await resolveRanges(admin, [TOPIC], {
    from: { kind: "earliest" },
    to: { kind: "latest" },
    partitions: [0],
  })
  const [from, to] = await middleThird(bootstrap, whole!)
  const ranges = await resolveRanges(admin, [TOPIC], {
    from: { kind: "timestamp", timestamp: from },
    to: { kind: "timestamp", timestamp: to },
  })
  const ranged = await replayAndCompare(bootstrap, admin, {
    ranges,
    into: `${TOPIC}-range`,
    args: ["--from", `@${from}`, "--to", `@${to}`],
  })
  await writeLine(
    `replay      ${to - from} ms of all partitions: ${count(ranged)} records, copy equal`,
  )
}

async function reportBroker(broker: DemoBroker): Promise<void> {
  const counter = await broker.counters()
  const megabytes = (name: string) => (counter(name) / 1e6).toFixed(1)
  await writeLine(
    `bytes out   ${megabytes("millrace_sendfile_bytes_total")} MB of segments by sendfile, ` +
      `${megabytes("millrace_copied_file_bytes_total")} MB of segments copied, ` +
      `${megabytes("millrace_copied_bytes_total")} MB of headers and replies`,
  )
  const memory = broker.memory()
  if (memory === undefined) return
  const [now, peak] = [memory.now.toFixed(0), memory.peak.toFixed(0)]
  await writeLine(`memory      broker ${now} MB resident, ${peak} MB at its peak`)
}

async function explainConnecting(broker: DemoBroker, directory: string): Promise<void> {
  const { bootstrap, pid } = broker
  await writeLine(`\nThe broker lives on: ${bootstrap}, pid ${pid}, data in ${directory}`)
  await writeLine(`  kcat -b ${bootstrap} -C -t ${TOPIC} -o beginning -e | head`)
  await writeLine(`  const kafka = new Kafka({ brokers: ["${bootstrap}"] })   // kafkajs`)
  await writeLine(`  npx millrace consume ${TOPIC} -b ${bootstrap} --max 5`)
  await writeLine(`  kill ${pid}   # ends it`)
}

new Command("demo")
  .description("Run a broker and do the main job on real input.")
  .option("--file <path>", "send the lines of this text or JSON-lines file instead")
  .option("--keep", "leave the broker running and say how to connect", false)
  .action(main)
  .parseAsync()
  .then(
    () => process.stdout.write("demo        done\n"),
    (error: unknown) => {
      process.stderr.write(`demo: ${describeFailure(error)}\n`)
      process.exitCode = 1
    },
  )
