/** What is measured, as a table: each kind of work, and how its figures come out of a running
 *  broker. */
import { setTimeout as sleep } from "node:timers/promises"
import type { RunningBroker } from "../peers/peer.ts"
import { cpuSeconds, memoryMb } from "../process-stats.ts"
import type { Figure } from "../report.ts"
import { runLatency } from "./latency.ts"
import { runFetch, runProduce } from "./load.ts"
import { makeBatch } from "./wire.ts"

/** A figure before the broker and the work are put to it. */
export type Measured = Omit<Figure, "broker" | "work">

/** Makes a topic on the broker under load; `sync` asks for a sync before each answer. */
export type MakeTopic = (shape: { partitions: number; sync?: boolean }) => Promise<string>

/** One kind of work. */
export interface Case {
  readonly group: string
  readonly work: string
  /** Bytes of page cache the run will fill: the runner touches that much memory before. */
  readonly touchBytes?: number
  /** The other brokers are frozen meanwhile: what a neighbour does in the background would be
   *  measured instead. */
  readonly isAlone?: boolean
  run(broker: RunningBroker, makeTopic: MakeTopic, scale: number): Promise<Measured[]>
}

/** CPU that the broker uses while `work` runs. */
async function withCpu<T>(broker: RunningBroker, work: () => Promise<T>): Promise<[T, number]> {
  const before = cpuSeconds(broker.pid)
  const result = await work()
  return [result, cpuSeconds(broker.pid) - before]
}

interface BatchedShape {
  work: string
  recordBytes: number
  partitions: number
  totalBytes: number
}

function batchedProduce({ work, recordBytes, partitions, totalBytes }: BatchedShape): Case {
  return {
    group: "produce",
    work,
    touchBytes: totalBytes * 1.1,
    run: async (broker, makeTopic, scale) => {
      const topic = await makeTopic({ partitions })
      const batch = makeBatch(131_072, recordBytes)
      const requests = Math.ceil((totalBytes * scale) / batch.payloadBytes)
      const shape = { topic, partitions, batch, connections: 1, inFlight: 5, requests, acks: 1 }
      const [{ seconds, payloadBytes }, cpu] = await withCpu(broker, () =>
        runProduce(broker.port, shape),
      )
      return [
        {
          measure: "throughput",
          unit: "MB/s",
          better: "more",
          value: payloadBytes / 1e6 / seconds,
        },
        { measure: "broker CPU", unit: "s/GB", better: "less", value: cpu / (payloadBytes / 1e9) },
      ]
    },
  }
}

interface SingleShape {
  group: string
  work: string
  connections: number
  inFlight: number
  requests: number
  recordBytes: number
  sync?: boolean
}

function singleRecords(shape: SingleShape): Case {
  const { group, work, connections, inFlight, recordBytes, sync = false } = shape
  return {
    group,
    work,
    run: async (broker, makeTopic, scale) => {
      const topic = await makeTopic({ partitions: 1, sync })
      const batch = makeBatch(1, recordBytes)
      const requests = Math.ceil(shape.requests * scale)
      const load = { topic, partitions: 1, batch, connections, inFlight, requests, acks: -1 }
      const [result, cpu] = await withCpu(broker, () => runProduce(broker.port, load))
      return [
        { measure: "rate", unit: "req/s", better: "more", value: result.requests / result.seconds },
        {
          measure: "broker CPU",
          unit: "us/req",
          better: "less",
          value: (cpu * 1e6) / result.requests,
        },
      ]
    },
  }
}

function catchUp(work: string, partitions: number, totalBytes: number): Case {
  return {
    group: "consume",
    work,
    touchBytes: totalBytes * 1.1,
    run: async (broker, makeTopic, scale) => {
      const topic = await makeTopic({ partitions })
      const batch = makeBatch(131_072, 1024)
      const requests = Math.ceil((totalBytes * scale) / batch.payloadBytes)
      const fill = { topic, partitions, batch, connections: 1, inFlight: 5, requests, acks: -1 }
      await runProduce(broker.port, fill)
      await sleep(1_000)
      const shape = { topic, partitions, partitionMaxBytes: 1024 * 1024 }
      const [{ seconds, bytes }, cpu] = await withCpu(broker, () => runFetch(broker.port, shape))
      return [
        { measure: "throughput", unit: "MB/s", better: "more", value: bytes / 1e6 / seconds },
        { measure: "broker CPU", unit: "s/GB", better: "less", value: cpu / (bytes / 1e9) },
      ]
    },
  }
}

const latency: Case = {
  group: "latency",
  work: "produce to consume, 1,000 records/s",
  isAlone: true,
  run: async (broker, makeTopic, scale) => {
    const topic = await makeTopic({ partitions: 1 })
    const shape = { topic, recordsPerSecond: 1_000, recordBytes: 100, acks: 1 }
    const result = await runLatency(broker.port, { ...shape, seconds: Math.max(2, 8 * scale) })
    return (["p50", "p99", "p999"] as const).map((name) => {
      return { measure: name, unit: "ms", better: "less", value: result[name] }
    })
  },
}

const memory: Case = {
  group: "memory",
  work: "memory after the load",
  run: async (broker) => [
    { measure: "resident", unit: "MB", better: "less", value: memoryMb(broker.pid).now },
  ],
}

/** All kinds of work, in the order in which they run. */
export const cases: readonly Case[] = [
  batchedProduce({
    work: "produce 1 KiB records, 1 partition",
    recordBytes: 1024,
    partitions: 1,
    totalBytes: 1e9,
  }),
  batchedProduce({
    work: "produce 1 KiB records, 12 partitions",
    recordBytes: 1024,
    partitions: 12,
    totalBytes: 1e9,
  }),
  batchedProduce({
    work: "produce 100 B records, 12 partitions",
    recordBytes: 100,
    partitions: 12,
    totalBytes: 1e9,
  }),
  singleRecords({
    group: "unbatched",
    work: "one-record requests, 1 x 64 in flight",
    connections: 1,
    inFlight: 64,
    requests: 200_000,
    recordBytes: 100,
  }),
  singleRecords({
    group: "unbatched",
    work: "one-record requests, 16 x 4 in flight",
    connections: 16,
    inFlight: 4,
    requests: 200_000,
    recordBytes: 100,
  }),
  singleRecords({
    group: "sync",
    work: "synced one-record requests, 1 x 64",
    connections: 1,
    inFlight: 64,
    requests: 6_000,
    recordBytes: 1024,
    sync: true,
  }),
  singleRecords({
    group: "sync",
    work: "synced one-record requests, 16 x 1",
    connections: 16,
    inFlight: 1,
    requests: 8_000,
    recordBytes: 1024,
    sync: true,
  }),
  catchUp("catch-up, 1 partition", 1, 1.2e9),
  catchUp("catch-up, 12 partitions", 12, 1.2e9),
  latency,
  memory,
]
