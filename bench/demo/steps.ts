/** The steps of the demo: produce while consuming, and replay with a comparison byte for byte. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { main as millrace } from "../../cli/main.ts"
import type { PartitionRange } from "../../cli/range.ts"
import { readRanges } from "../../cli/range-reader.ts"
import { type Admin, Consumer, type ConsumerRecord, Producer } from "../../clients/index.ts"
import { type Line, lineText } from "./input.ts"

/** Every so many records one is sent alone and timed from `send` to its arrival at the consumer. */
const TIMED_EVERY = 50
/** Records waiting to be stored: more would only wait longer. */
const BUFFER_BYTES = 1024 * 1024
/** Records per call of `enqueue`. */
const GROUP = 1_000

/** What producing and consuming at the same time gave. */
export interface FlowResult {
  readonly produceSeconds: number
  /** From the first send to the last record at the consumer. */
  readonly totalSeconds: number
  readonly received: readonly string[]
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Sends all lines while a consumer long-polls the topic. */
export async function produceAndConsume(
  bootstrap: string,
  topic: string,
  lines: readonly Line[],
): Promise<FlowResult> {
  const arrivedAt = new Map<string, number>()
  const received: string[] = []
  const consumer = new Consumer({
    bootstrapServers: bootstrap,
    groupId: "demo",
    autoOffsetReset: "earliest",
  })
  consumer.subscribe([topic])
  const consuming = (async () => {
    for await (const batch of consumer.batches()) {
      const now = performance.now()
      for (const record of batch) {
        received.push(lineText({ key: text(record.key), value: text(record.value) ?? "" }))
        arrivedAt.set(`${record.partition}:${record.offset}`, now)
      }
      if (received.length >= lines.length) return
    }
  })()
  const startedAt = performance.now()
  const timed = await produce(bootstrap, topic, lines)
  const producedAt = performance.now()
  await consuming
  const endedAt = performance.now()
  await consumer.close()
  const latencies = timed.map(({ place, sentAt }) => arrivedAt.get(place)! - sentAt)
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)]!
  return {
    produceSeconds: (producedAt - startedAt) / 1000,
    totalSeconds: (endedAt - startedAt) / 1000,
    received,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

function text(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString("utf8")
}

interface Timed {
  place: string
  sentAt: number
}

async function produce(bootstrap: string, topic: string, lines: readonly Line[]): Promise<Timed[]> {
  const producer = new Producer({ bootstrapServers: bootstrap, bufferBytes: BUFFER_BYTES })
  const timed: Promise<Timed>[] = []
  try {
    for (let from = 0; from < lines.length; from += GROUP) {
      const group = lines.slice(from, from + GROUP)
      for (let index = 0; index < group.length; index += TIMED_EVERY)
        timed.push(sendTimed(producer, topic, group[index]!))
      await producer.enqueue(
        group
          .filter((_, index) => index % TIMED_EVERY !== 0)
          .map(({ key, value }) => ({ topic, key, value })),
      )
      await nextTurn() // the consumer lives on the same loop
    }
    await producer.flush()
    return await Promise.all(timed)
  } finally {
    await producer.close()
  }
}

async function sendTimed(producer: Producer, topic: string, { key, value }: Line): Promise<Timed> {
  const sentAt = performance.now()
  const { partition, offset } = await producer.send({ topic, key, value })
  return { place: `${partition}:${offset}`, sentAt }
}

/** The offsets of the first closed segment of a partition, from the names of its files. */
export function firstClosedSegment(
  dataDir: string,
  topic: string,
  partition: number,
): PartitionRange {
  const names = readdirSync(join(dataDir, `${topic}-${partition}`))
  const bases = names
    .filter((name) => name.endsWith(".log"))
    .map((name) => Number.parseInt(name, 10))
  bases.sort((a, b) => a - b)
  if (bases.length < 2) throw new Error(`${topic}-${partition} has no closed segment`)
  return { topic, partition, start: bases[0]!, end: bases[1]! }
}

/** Two moments a third and two thirds of the way through a partition's records. */
export async function middleThird(
  bootstrap: string,
  range: PartitionRange,
): Promise<[number, number]> {
  const third = Math.floor((range.end - range.start) / 3)
  const from = { ...range, start: range.start + third, end: range.start + third + 1 }
  const to = { ...range, start: range.end - third, end: range.end - third + 1 }
  const [first] = await readAll(bootstrap, [from])
  const [last] = await readAll(bootstrap, [to])
  return [first!.timestamp, Math.max(last!.timestamp, first!.timestamp + 1)]
}

/** Runs `millrace replay` and compares source and copy; the number of records that are equal. */
export async function replayAndCompare(
  bootstrap: string,
  admin: Admin,
  replay: { ranges: PartitionRange[]; into: string; args: string[] },
): Promise<number> {
  const { ranges, into, args } = replay
  const topic = ranges[0]!.topic
  const partitionCount = 1 + Math.max(...ranges.map(({ partition }) => partition))
  await admin.createTopics([{ name: into, partitionCount }])
  const status = await millrace([
    ...["node", "millrace", "replay", topic, "--into", into, "--bootstrap", bootstrap],
    ...args,
  ])
  if (status !== 0) throw new Error(`millrace replay ended with status ${status}`)
  const source = (await readAll(bootstrap, ranges)).map(recordBytes).sort()
  const copyRanges = ranges.map((range) => {
    return { ...range, topic: into, start: 0, end: range.end - range.start }
  })
  const copy = (await readAll(bootstrap, copyRanges)).map(recordBytes).sort()
  if (source.length !== copy.length || source.some((bytes, index) => bytes !== copy[index]))
    throw new Error(`${into} differs from its source: ${copy.length} and ${source.length} records`)
  return copy.length
}

async function readAll(bootstrap: string, ranges: PartitionRange[]): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  for await (const record of readRanges(ranges, { bootstrap })) records.push(record)
  return records
}

/** Everything a replay keeps: partition, timestamp, key, value and headers, byte for byte. */
function recordBytes(record: ConsumerRecord): string {
  const { partition, timestamp, key, value, headers } = record
  const hex = (bytes: Buffer | null) => bytes?.toString("hex") ?? "null"
  const pairs = headers.map((header) => `${header.key}=${hex(header.value)}`)
  return [partition, timestamp, hex(key), hex(value), ...pairs].join("|")
}
