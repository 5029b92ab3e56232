/**
 * Reads records: of partitions assigned by hand, or as a member of a consumer group. Records come
 * by async iteration, one by one or in batches, while the next ones are fetched.
 *
 * 1. A record counts as finished when the next one is asked for; automatic commits cover finished
 *    records only. `commit()` covers the one in hand, too.
 * 2. The group rebalances only while a step of an iteration is pending: nobody takes a partition
 *    away from under the user's hands, unless the user is away for `maxPollIntervalMs`.
 * 3. Failures that need the user end the iteration with an error; the position stays, so that a
 *    new iteration goes on where the last one ended.
 */
import { asKafkaError, closedError, KafkaError, optionError } from "../errors.ts"
import { sleep } from "../net/clock.ts"
import { Cluster } from "../net/cluster.ts"
import type { ConsumerRecord, TopicPartition, TopicPartitionOffset } from "../records.ts"
import type { ConsumerBatch } from "./batch.ts"
import { GroupConsumer } from "./group.ts"
import { EARLIEST, LATEST } from "./list-offsets.ts"
import { type CommittedOffset, GroupCoordinator, type OffsetToCommit } from "./offsets.ts"
import {
  type ConsumerOptions,
  type ResolvedConsumerOptions,
  resolveConsumerOptions,
} from "./options.ts"
import { type Delivered, offsetsOf, PartitionReader } from "./reader.ts"
import { RecordIterator } from "./record-iterator.ts"
import { Signal } from "./signal.ts"

/** Time that `close` gives the last commit and the leaving of the group. */
const CLOSE_TIMEOUT_MS = 10_000

/** A consumer of records with keys of type `K` and values of type `V`. */
export class Consumer<K = Buffer, V = Buffer> implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #options: ResolvedConsumerOptions<K, V>
  readonly #cluster: Cluster
  readonly #coordinator: GroupCoordinator | undefined
  readonly #reader: PartitionReader<K, V>
  readonly #group: GroupConsumer<K, V> | undefined
  readonly #news = new Signal()
  #error: KafkaError | undefined
  #lastPollAt = 0
  /** A step of an iteration is pending. */
  #isReading = false
  #isClosed = false
  #closing: Promise<void> | undefined

  /** Checks the options; connects when records are asked for. Throws INVALID_OPTION. */
  constructor(options: ConsumerOptions<K, V>) {
    const given = resolveConsumerOptions(options)
    const resolved = { ...given, onWarning: (error: KafkaError) => this.#warn(given, error) }
    const cluster = new Cluster(options)
    const { groupId } = resolved
    const coordinator = groupId === undefined ? undefined : new GroupCoordinator(cluster, groupId)
    const events = {
      onNews: () => this.#onNews(),
      onError: (error: KafkaError) => this.#onError(error),
      lastPollAt: () => (this.#isReading ? cluster.clock.monotonicMs() : this.#lastPollAt),
    }
    this.#options = resolved
    this.#cluster = cluster
    this.#coordinator = coordinator
    this.#reader = new PartitionReader(cluster, resolved, coordinator, events)
    if (coordinator !== undefined) {
      const wiring = { reader: this.#reader, events }
      this.#group = new GroupConsumer(cluster, coordinator, resolved, wiring)
    }
  }

  /** Partitions being read at the moment. */
  get assignment(): TopicPartition[] {
    return this.#reader.partitions.map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Reads topics as a member of the group, which distributes their partitions. */
  subscribe(topics: string | readonly string[]): void {
    const names = typeof topics === "string" ? [topics] : [...topics]
    if (this.#group === undefined) throw optionError("subscribe needs the option groupId.")
    if (names.length === 0 || names.some((name) => typeof name !== "string" || name === "")) {
      throw optionError("subscribe needs the names of topics.")
    }
    if (this.#group.topics === undefined && this.#reader.partitions.length > 0) {
      throw new KafkaError("INVALID_STATE", "The consumer has partitions assigned by hand.")
    }
    this.#group.subscribe([...new Set(names)])
    this.#news.notify()
  }

  /** Reads these partitions, from the given offset, else from the committed one (with a groupId),
   *  else from where `autoOffsetReset` says. */
  assign(partitions: readonly (TopicPartition & { readonly offset?: number | undefined })[]): void {
    if (this.#group?.topics !== undefined) {
      throw new KafkaError("INVALID_STATE", "The consumer is subscribed to topics.")
    }
    const source = this.#group === undefined ? "policy" : "committed"
    this.#reader.setPartitions(partitions, { kind: source })
    this.#news.notify()
  }

  /** Goes to an offset. */
  seek(where: TopicPartitionOffset): void {
    const { offset } = where
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw optionError(`offset must be a whole number from 0 on, not ${String(offset)}.`)
    }
    this.#reader.select([where])[0]!.seek(offset)
    this.#news.notify()
  }

  /** Goes to the start of partitions (default: all assigned). */
  seekToBeginning(partitions?: readonly TopicPartition[]): void {
    this.#seekLater(partitions, EARLIEST)
  }

  /** Goes to the end of partitions (default: all assigned). */
  seekToEnd(partitions?: readonly TopicPartition[]): void {
    this.#seekLater(partitions, LATEST)
  }

  /** Goes to the first record with at least this timestamp, in partitions (default: all assigned);
   *  to the end of those that have none. Resolves with the new positions. */
  async seekToTimestamp(
    timestampMs: number,
    partitions?: readonly TopicPartition[],
  ): Promise<TopicPartitionOffset[]> {
    const selected = this.#reader.select(partitions)
    await this.#reader.seekToTime(selected, timestampMs)
    this.#news.notify()
    return offsetsOf(selected, "delivered")
  }

  /** Hands out nothing more of these partitions (default: all assigned) until `resume`. */
  pause(partitions?: readonly TopicPartition[]): void {
    for (const partition of this.#reader.select(partitions)) partition.isPaused = true
  }

  /** Goes on where `pause` stopped. */
  resume(partitions?: readonly TopicPartition[]): void {
    for (const partition of this.#reader.select(partitions)) partition.isPaused = false
    this.#news.notify()
  }

  /** Offset of the next record to be handed out; -1 when it is not known yet, or when the partition
   *  is not assigned. */
  position(which: TopicPartition): number {
    const partition = this.#reader.find(which)
    return partition?.hasPosition ? partition.delivered : -1
  }

  /** Records behind the position, as of the last fetch; -1 when not known. */
  lag(which: TopicPartition): number {
    const partition = this.#reader.find(which)
    if (partition === undefined || partition.highWatermark < 0) return -1
    return Math.max(partition.highWatermark - partition.delivered, 0)
  }

  /** Offsets the group has committed for partitions (default: all assigned); those without one are
   *  left out. */
  async committed(partitions?: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    return this.#needCoordinator().fetch(partitions ?? this.assignment)
  }

  /** Commits these offsets; by default the positions behind the last records handed out. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    this.#needCoordinator()
    // The record in hand is finished now: no automatic commit may take that back.
    if (offsets === undefined) this.#reader.finishDelivered()
    await this.#group!.commit(offsets ?? offsetsOf(this.#reader.partitions, "delivered"))
  }

  /** Batches as they come. A batch may hold no record (only transaction markers). Ends when the
   *  consumer is closed. */
  batches(): AsyncIterableIterator<ConsumerBatch<K, V>> {
    const next = async (): Promise<IteratorResult<ConsumerBatch<K, V>, undefined>> => {
      const delivered = await this.#nextDelivered()
      if (delivered === undefined) return { done: true, value: undefined }
      delivered.partition.delivered = delivered.batch.nextOffset
      return { done: false, value: delivered.batch }
    }
    const iterator: AsyncIterableIterator<ConsumerBatch<K, V>> = {
      next,
      return: async () => ({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  /** Records as they come. Ends when the consumer is closed. */
  [Symbol.asyncIterator](): AsyncIterator<ConsumerRecord<K, V>, undefined> {
    return new RecordIterator<K, V>({
      nextDelivered: () => this.#nextDelivered(),
      isInterrupted: () => this.#isClosed || (this.#group?.wantsRebalance ?? false),
      onStep: (partition) => {
        partition.finished = partition.delivered
        this.#lastPollAt = this.#cluster.clock.monotonicMs()
      },
    })
  }

  /** Commits what is finished (with autoCommit), leaves the group, disconnects, and ends all
   *  iterations. Never fails. May be called twice. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? CLOSE_TIMEOUT_MS)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#isClosed = true
    this.#news.notify()
    const timer = this.#cluster.clock.after(timeoutMs, () => this.#cluster.close())
    await this.#group?.close(timeoutMs)
    timer.cancel()
    this.#cluster.close()
  }

  /** The next batch; undefined once closed. */
  async #nextDelivered(): Promise<Delivered<K, V> | undefined> {
    this.#reader.finishDelivered()
    this.#isReading = true
    try {
      return await this.#read()
    } finally {
      this.#isReading = false
      this.#lastPollAt = this.#cluster.clock.monotonicMs()
    }
  }

  async #read(): Promise<Delivered<K, V> | undefined> {
    const { clock } = this.#cluster
    for (let failures = 0; ; ) {
      if (this.#isClosed) return undefined
      this.#throwError()
      try {
        const wakeAt = await this.#step()
        if (typeof wakeAt !== "number") return wakeAt
        failures = 0
        await this.#news.wait(clock, wakeAt)
      } catch (cause) {
        if (this.#isClosed) return undefined
        const error = asKafkaError(cause, "INVALID_RESPONSE", "Reading")
        if (!error.retriable) throw error
        this.#options.onWarning(error)
        failures++
        await sleep(clock, this.#cluster.backoffMs(failures), this.#cluster.signal)
      }
    }
  }

  /** A batch, or when to try again (monotonic) unless something happens before. */
  async #step(): Promise<Delivered<K, V> | number> {
    const groupAt = (await this.#group?.atSafePoint()) ?? Number.POSITIVE_INFINITY
    if (this.#reader.partitions.length === 0 && this.#group?.topics === undefined) {
      throw new KafkaError("INVALID_STATE", "Nothing to read: call subscribe or assign first.")
    }
    await this.#reader.findPositions()
    const delivered = this.#reader.take()
    const fetchAt = this.#reader.fetch()
    return delivered ?? Math.min(groupAt, fetchAt)
  }

  #onNews(): void {
    if (this.#isClosed) return
    this.#reader.fetch()
    this.#news.notify()
  }

  /** Passes a warning on. What the user's function throws comes out of the iteration. */
  #warn({ onWarning }: ResolvedConsumerOptions<K, V>, warning: KafkaError): void {
    try {
      if (!this.#isClosed) onWarning(warning)
    } catch (error) {
      this.#onError(asKafkaError(error, "CALLBACK_FAILED", "onWarning"))
    }
  }

  #onError(error: KafkaError): void {
    if (this.#isClosed) return
    this.#error ??= error
    this.#news.notify()
  }

  #throwError(): void {
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
  }

  #seekLater(which: readonly TopicPartition[] | undefined, timestamp: number): void {
    for (const partition of this.#reader.select(which)) {
      partition.seekLater({ kind: "timestamp", timestamp })
    }
    this.#news.notify()
  }

  #needCoordinator(): GroupCoordinator {
    if (this.#isClosed) throw closedError("consumer")
    if (this.#coordinator !== undefined) return this.#coordinator
    throw optionError("Commits need the option groupId.")
  }
}
