/**
 * The door of the accumulator: finds each record's partition, and lets it wait while the topic is
 * not known or the buffer is full.
 *
 * 1. Who waits for a topic stands in one line: nobody passes those who came before.
 * 2. Nobody waits longer than `maxBlockMs`.
 */
import { answerError, asKafkaError, KafkaError, optionError } from "../errors.ts"
import type { Timer } from "../net/clock.ts"
import type { Cluster } from "../net/cluster.ts"
import type { TopicInfo } from "../net/metadata.ts"
import type { Accumulator } from "./accumulator.ts"
import type { Delivery } from "./batch.ts"
import { type Partitioner, partitionForKey, StickyPartition } from "./partitioner.ts"
import type { EncodedRecord } from "./record.ts"

/** The part of the producer's options that matters here. */
export interface AdmissionOptions {
  readonly batchBytes: number
  readonly bufferBytes: number
  readonly maxBlockMs: number
  readonly partitioner: Partitioner | undefined
}

interface Waiter {
  readonly record: EncodedRecord
  readonly delivery: Delivery
  readonly deadlineAt: number
  readonly resolve: () => void
  readonly reject: (error: KafkaError) => void
}

interface TopicLine {
  readonly name: string
  readonly sticky: StickyPartition
  waiters: Waiter[]
  isAsking: boolean
}

/** Admits records of one producer. */
export class Admission {
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #options: AdmissionOptions
  readonly #lines = new Map<string, TopicLine>()
  #waiterCount = 0
  #whenIdle: (() => void)[] = []
  #timer: Timer | undefined
  #isAdmitting = false

  constructor(cluster: Cluster, accumulator: Accumulator, options: AdmissionOptions) {
    this.#cluster = cluster
    this.#accumulator = accumulator
    this.#options = options
  }

  /** Whether nobody waits. */
  get isIdle(): boolean {
    return this.#waiterCount === 0
  }

  /** Puts a record into its batch and returns undefined; or a promise that ends when it is there.
   *  Throws when the record cannot be sent at all. */
  admit(record: EncodedRecord, delivery: Delivery): Promise<void> | undefined {
    const line = this.#lines.get(record.topic) ?? this.#openLine(record.topic)
    const info = this.#cluster.findTopic(record.topic)
    if (info !== undefined && line.waiters.length === 0 && this.#accumulator.hasRoom) {
      this.#append(line, info, { record, delivery })
      return undefined
    }
    return new Promise((resolve, reject) => {
      const deadlineAt = this.#cluster.clock.monotonicMs() + this.#options.maxBlockMs
      line.waiters.push({ record, delivery, deadlineAt, resolve, reject })
      this.#waiterCount++
      if (info === undefined) this.#askFor(line)
      this.#timer ??= this.#cluster.clock.after(this.#options.maxBlockMs, () => this.#expire())
    })
  }

  /** Lets those in who fit. */
  admitWaiting(): void {
    if (this.#waiterCount === 0 || this.#isAdmitting) return
    this.#isAdmitting = true
    for (const line of this.#lines.values()) this.#admitLine(line)
    this.#isAdmitting = false
  }

  /** Resolves when nobody waits. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** Sends everybody away. */
  close(error: KafkaError): void {
    for (const line of this.#lines.values()) this.#dismiss(line, () => error)
    this.#timer?.cancel()
  }

  #openLine(name: string): TopicLine {
    const { clock } = this.#cluster
    const sticky = new StickyPartition(this.#options.batchBytes, () => clock.random())
    const line: TopicLine = { name, sticky, waiters: [], isAsking: false }
    this.#lines.set(name, line)
    return line
  }

  #admitLine(line: TopicLine): void {
    const info = this.#cluster.findTopic(line.name)
    if (info === undefined) return
    let admitted = 0
    while (admitted < line.waiters.length && this.#accumulator.hasRoom) {
      const waiter = line.waiters[admitted++]!
      try {
        this.#append(line, info, waiter)
        waiter.resolve()
      } catch (error) {
        waiter.reject(asKafkaError(error, "SERIALIZATION_FAILED", "Cannot send a record"))
      }
    }
    line.waiters.splice(0, admitted)
    this.#left(admitted)
  }

  #append(
    line: TopicLine,
    info: TopicInfo,
    { record, delivery }: { readonly record: EncodedRecord; readonly delivery: Delivery },
  ): void {
    const { bufferBytes } = this.#options
    if (record.length > bufferBytes) {
      const text = `A record of ${record.length} bytes is larger than bufferBytes (${bufferBytes}).`
      throw new KafkaError("MESSAGE_TOO_LARGE", text, { topic: record.topic })
    }
    const partition = this.#partitionFor(line, info, record)
    const queue = this.#accumulator.queue(record.topic, partition)
    this.#accumulator.append(queue, record, { length: record.length, delivery })
  }

  #partitionFor(line: TopicLine, info: TopicInfo, record: EncodedRecord): number {
    const partitionCount = info.partitions.length
    const { topic, partition } = record
    if (partition >= 0) {
      if (partition < partitionCount) return partition
      this.#cluster.refreshSoon([topic])
      throw optionError(`Topic '${topic}' has ${partitionCount} partitions, no ${partition}.`)
    }
    const { partitioner } = this.#options
    const key = typeof record.key === "string" ? Buffer.from(record.key) : record.key
    if (partitioner !== undefined) {
      const chosen = partitioner({ topic, key, partitionCount })
      if (Number.isInteger(chosen) && chosen >= 0 && chosen < partitionCount) return chosen
      throw optionError(`The partitioner chose ${chosen} of ${partitionCount} partitions.`)
    }
    if (key !== null) return partitionForKey(key, partitionCount)
    const drawn = line.sticky.take(partitionCount, record.length)
    if (info.partitions[drawn]!.leader >= 0) return drawn
    line.sticky.leave()
    return line.sticky.take(partitionCount, record.length)
  }

  /** Fetches the topic's metadata, once for everybody in line. */
  #askFor(line: TopicLine): void {
    if (line.isAsking) return
    line.isAsking = true
    this.#cluster.topic(line.name, this.#options.maxBlockMs).then(
      () => {
        line.isAsking = false
        this.admitWaiting()
      },
      (cause) => {
        line.isAsking = false
        const error = asKafkaError(cause, "INVALID_RESPONSE", `Metadata of '${line.name}'`)
        this.#dismiss(line, () => error)
      },
    )
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#cluster.clock.monotonicMs()
    let earliest = Number.POSITIVE_INFINITY
    for (const line of this.#lines.values()) {
      const isLate = (waiter: Waiter) => waiter.deadlineAt <= now
      this.#dismiss(line, () => this.#waitedTooLong(line.name), isLate)
      earliest = Math.min(earliest, line.waiters[0]?.deadlineAt ?? earliest)
    }
    if (earliest === Number.POSITIVE_INFINITY) return
    this.#timer = this.#cluster.clock.after(earliest - now, () => this.#expire())
  }

  #waitedTooLong(topic: string): KafkaError {
    const { bufferBytes, maxBlockMs } = this.#options
    const isFull = !this.#accumulator.hasRoom
    const errorCode = this.#cluster.metadata.topics.get(topic)?.errorCode
    if (!isFull && errorCode) return answerError(errorCode, `Topic '${topic}'`, { topic })
    const code = isFull ? "BUFFER_FULL" : "TIMED_OUT"
    const what = isFull
      ? `The buffer of ${bufferBytes} bytes stayed full: the brokers store records more slowly ` +
        "than they are sent, or not at all."
      : `The metadata of topic '${topic}' did not come.`
    const message = `A record for '${topic}' waited for maxBlockMs (${maxBlockMs} ms). ${what}`
    return new KafkaError(code, message, { retriable: true, topic })
  }

  #dismiss(
    line: TopicLine,
    error: () => KafkaError,
    applies: (waiter: Waiter) => boolean = () => true,
  ): void {
    const dismissed = line.waiters.filter(applies)
    if (dismissed.length === 0) return
    line.waiters = line.waiters.filter((waiter) => !applies(waiter))
    for (const waiter of dismissed) waiter.reject(error())
    this.#left(dismissed.length)
  }

  #left(count: number): void {
    this.#waiterCount -= count
    if (this.#waiterCount > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}
