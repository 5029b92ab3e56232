/**
 * Produce-to-consume latency at a fixed rate: one connection produces one-record batches when they
 * are due, another long-polls; each record carries its sequence number, so both ends share a clock.
 */
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { readBatches } from "../../protocol/records/record.ts"
import { RawConnection } from "./raw-connection.ts"
import { advance, encodeFetchFrame, encodeProduceFrame } from "./wire.ts"

/** How the load is shaped. */
export interface LatencyLoad {
  readonly topic: string
  readonly recordsPerSecond: number
  readonly seconds: number
  readonly recordBytes: number
  readonly acks: number
}

/** Milliseconds from handing a record to the socket to seeing it in a fetch reply. */
export interface LatencyResult {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly records: number
}

/** The first seconds do not count: connections, compilers and caches are cold. */
const WARM_UP_SECONDS = 2

/** Runs the load against a topic with one partition that is empty at the start. */
export async function runLatency(port: number, load: LatencyLoad): Promise<LatencyResult> {
  const count = Math.round(load.recordsPerSecond * (load.seconds + WARM_UP_SECONDS))
  const sentAt = new Float64Array(count)
  const latencies = new Float64Array(count).fill(Number.NaN)
  const consuming = await startConsumer(port, load.topic, { sentAt, latencies })
  const producing = await RawConnection.open(port, () => {})
  try {
    await Promise.race([
      produceAtRate(producing, load, sentAt).then(() => consuming.done),
      producing.failed,
      consuming.failed,
    ])
  } finally {
    producing.close()
    consuming.close()
  }
  const counted = latencies.subarray(Math.round(load.recordsPerSecond * WARM_UP_SECONDS)).sort()
  const at = (share: number) =>
    counted[Math.min(counted.length - 1, Math.floor(counted.length * share))]!
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), records: counted.length }
}

function produceAtRate(
  connection: RawConnection,
  load: LatencyLoad,
  sentAt: Float64Array,
): Promise<void> {
  const startedAt = performance.now()
  let next = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = ((performance.now() - startedAt) / 1000) * load.recordsPerSecond
      while (next < due && next < sentAt.length) {
        const frame = encodeOne(load, next)
        sentAt[next++] = performance.now()
        connection.send(frame)
      }
      if (next < sentAt.length) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
}

function encodeOne(load: LatencyLoad, sequence: number): Buffer {
  const value = Buffer.alloc(Math.max(4, load.recordBytes))
  value.writeInt32BE(sequence)
  const builder = new BatchBuilder()
  builder.append({ value, timestamp: Date.now() })
  return encodeProduceFrame(load.topic, 0, load.acks, builder.build())
}

async function startConsumer(
  port: number,
  topic: string,
  times: { sentAt: Float64Array; latencies: Float64Array },
) {
  let seen = 0
  let finish: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const positions = [{ partition: 0, offset: 0 }]
  const connection = await RawConnection.open(port, (reply, start) => {
    const now = performance.now()
    const { records } = advance(reply, start, positions)
    connection.send(encodeFetchFrame(topic, positions, 1024 * 1024))
    for (const record of readBatches(records)) {
      const sequence = record.value!.readInt32BE(0)
      times.latencies[sequence] = now - times.sentAt[sequence]!
      if (++seen === times.sentAt.length) finish()
    }
  })
  connection.send(encodeFetchFrame(topic, positions, 1024 * 1024))
  return { done, failed: connection.failed, close: () => connection.close() }
}
