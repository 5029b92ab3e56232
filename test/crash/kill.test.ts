/**
 * kill -9 of the real process under load, again and again on one data directory: every record that
 * was acknowledged (acks=all) is there, none is there twice from an idempotent producer, and the
 * offsets have no gap.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { resolveRanges } from "../../cli/range.ts"
import { readRanges } from "../../cli/range-reader.ts"
import { Admin, Producer } from "../../clients/index.ts"
import { freePort, houses, startBrokerProcess } from "../support/broker-process.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

const TOPIC = "crash"
const PARTITIONS = 3
const KILLS = { linux: 20, portable: 6 } as const
/** Records sent and not yet answered at any time. */
const IN_FLIGHT = 400

describe.each(houses)("kill -9 under load on the %s house", (os) => {
  it("loses nothing acknowledged, repeats nothing, leaves no gap", async () => {
    using directory = scopedDirectory("millrace-crash-")
    const port = await freePort()
    const start = () => startBrokerProcess({ dataDir: directory.path, os, port })
    let broker = await start()
    const bootstrapServers = broker.bootstrap
    const admin = new Admin({ bootstrapServers })
    const configs = { "segment.bytes": String(1024 * 1024) }
    await admin.createTopics([{ name: TOPIC, partitionCount: PARTITIONS, configs }])
    const load = new Load(bootstrapServers)
    try {
      for (let kill = 0; kill < KILLS[os]; kill++) {
        await load.moreAcknowledged(1_000)
        await sleep(20 + ((kill * 37) % 90))
        await broker.kill()
        broker = await start()
      }
      await load.stop()
      const ranges = await resolveRanges(admin, [TOPIC], {
        from: { kind: "earliest" },
        to: { kind: "latest" },
      })
      const next = ranges.map(() => 0)
      const seen = new Map<number, number>()
      for await (const { partition, offset, value } of readRanges(ranges, {
        bootstrap: bootstrapServers,
      })) {
        expect(offset).toBe(next[partition])
        next[partition] = offset + 1
        const sequence = value!.readInt32BE(0)
        seen.set(sequence, (seen.get(sequence) ?? 0) + 1)
      }
      const missing = [...load.acknowledged].filter((sequence) => !seen.has(sequence))
      const twice = [...seen].filter(([, times]) => times > 1).map(([sequence]) => sequence)
      expect({ missing, twice, failures: load.failures }).toEqual({
        missing: [],
        twice: [],
        failures: [],
      })
      expect(load.acknowledged.size).toBeGreaterThan(1_000 * KILLS[os])
    } finally {
      await load.stop()
      await admin.close()
      await broker.stop()
    }
  }, 300_000)
})

/** An idempotent producer that keeps sending numbered records and remembers which were answered. */
class Load {
  readonly acknowledged = new Set<number>()
  readonly failures: string[] = []
  readonly #producer: Producer
  readonly #running: Promise<void>[]
  #next = 0
  #isStopping = false

  constructor(bootstrapServers: string) {
    this.#producer = new Producer({ bootstrapServers, acks: "all", deliveryTimeoutMs: 120_000 })
    this.#running = Array.from({ length: IN_FLIGHT }, () => this.#send())
  }

  async #send(): Promise<void> {
    while (!this.#isStopping) {
      const sequence = this.#next++
      const value = Buffer.alloc(200, sequence & 0xff)
      value.writeInt32BE(sequence)
      try {
        await this.#producer.send({ topic: TOPIC, partition: sequence % PARTITIONS, value })
        this.acknowledged.add(sequence)
      } catch (error) {
        this.failures.push(String(error))
        return
      }
    }
  }

  /** Waits until this many more records have been acknowledged. */
  async moreAcknowledged(count: number): Promise<void> {
    const goal = this.acknowledged.size + count
    while (this.acknowledged.size < goal) {
      if (this.failures.length > 0) throw new Error(this.failures[0])
      await sleep(5)
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#running)
    await this.#producer.close()
  }
}
