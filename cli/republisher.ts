/**
 * The sending half of a replay: hands records on in groups, at full speed or at the pace of their
 * timestamps, and knows how far each partition has come.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { ConsumerRecord, Producer } from "../clients/index.ts"

/** How records are sent on. */
export interface RepublishOptions {
  into: string
  pace: "full" | "recorded"
  /** With the recorded pace: this many times as fast. */
  speed: number
  partitioning: "same" | "by-key"
}

/** Records handed to the producer in one call. */
const GROUP_RECORDS = 1_000

/** Timers take no more than 2^31 ms. */
const LONGEST_SLEEP_MS = 3_600_000

/** Sends records on. */
export class Republisher {
  readonly #producer: Producer
  readonly #options: RepublishOptions
  #group: Parameters<Producer["sendBatch"]>[0][number][] = []
  #startedAt = 0
  #firstTimestamp: number | undefined
  count = 0
  /** "topic partition" -> offset after the last record handed over. */
  readonly next = new Map<string, number>()

  constructor(producer: Producer, options: RepublishOptions) {
    this.#producer = producer
    this.#options = options
  }

  /** Takes a record over when its time has come; false when `stop` came first. */
  async send(record: ConsumerRecord, stop: AbortSignal): Promise<boolean> {
    const { into, pace, partitioning } = this.#options
    if (pace === "recorded" && !(await this.#keepPace(record.timestamp, stop))) return false
    const { key, value, timestamp, headers, partition } = record
    const where = partitioning === "same" ? { partition } : {}
    const when = timestamp < 0 ? {} : { timestamp }
    this.#group.push({ topic: into, key, value, headers, ...when, ...where })
    this.next.set(`${record.topic} ${record.partition}`, record.offset + 1)
    this.count++
    if (this.#group.length >= GROUP_RECORDS) await this.#sendGroup()
    return true
  }

  /** Resolves when all records taken over are stored. */
  async flush(): Promise<void> {
    await this.#sendGroup()
    await this.#producer.flush()
  }

  async #sendGroup(): Promise<void> {
    const group = this.#group
    this.#group = []
    if (group.length > 0) await this.#producer.enqueue(group)
  }

  async #keepPace(timestamp: number, stop: AbortSignal): Promise<boolean> {
    if (this.#firstTimestamp === undefined) {
      this.#firstTimestamp = timestamp
      this.#startedAt = performance.now()
    }
    const dueAt = this.#startedAt + (timestamp - this.#firstTimestamp) / this.#options.speed
    for (;;) {
      const waitMs = dueAt - performance.now()
      if (stop.aborted) return false
      if (waitMs <= 1) return true
      await this.#sendGroup()
      await sleep(Math.min(waitMs, LONGEST_SLEEP_MS), undefined, { signal: stop }).catch(
        ignoreAbort,
      )
    }
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== "AbortError") throw error
}
