/**
 * The partitions a consumer reads: their positions, and the batches fetched from them. Who decides
 * which partitions these are (the user, or a group) is the consumer's business.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import { answerError, KafkaError, optionError } from "../errors.ts"
import type { Cluster } from "../net/cluster.ts"
import { partitionName, type TopicPartition, type TopicPartitionOffset } from "../records.ts"
import { ConsumerBatch } from "./batch.ts"
import { Fetcher } from "./fetcher.ts"
import { EARLIEST, LATEST, listOffsets } from "./list-offsets.ts"
import type { GroupCoordinator } from "./offsets.ts"
import type { ResolvedConsumerOptions } from "./options.ts"
import { ConsumedPartition, type PositionSource } from "./partition.ts"

/** What the reader tells the consumer. */
export interface ReaderEvents {
  onNews(): void
  onError(error: KafkaError): void
}

/** A batch on its way to the user. */
export interface Delivered<K, V> {
  readonly batch: ConsumerBatch<K, V>
  readonly partition: ConsumedPartition
  /** `partition.jumps` when it was taken: another number means that the user went elsewhere. */
  readonly jumps: number
}

/** Reads partitions. */
export class PartitionReader<K, V> {
  readonly #cluster: Cluster
  readonly #options: ResolvedConsumerOptions<K, V>
  readonly #coordinator: GroupCoordinator | undefined
  readonly #fetcher: Fetcher
  #partitions: ReadonlyMap<string, ConsumedPartition> = new Map()

  constructor(
    cluster: Cluster,
    options: ResolvedConsumerOptions<K, V>,
    coordinator: GroupCoordinator | undefined,
    events: ReaderEvents,
  ) {
    this.#cluster = cluster
    this.#options = options
    this.#coordinator = coordinator
    this.#fetcher = new Fetcher(cluster, options, {
      ...options,
      onNews: () => events.onNews(),
      onError: (error) => events.onError(error),
      onOutOfRange: (partition) => {
        if (options.autoOffsetReset === "none") events.onError(outOfRange(partition))
        else partition.seekLater({ kind: "policy" })
      },
    })
  }

  /** The partitions being read. */
  get partitions(): readonly ConsumedPartition[] {
    return [...this.#partitions.values()]
  }

  /** Reads these partitions and no others from now on. */
  setPartitions(
    wanted: readonly (TopicPartition & { readonly offset?: number | undefined })[],
    source: PositionSource,
  ): void {
    for (const partition of this.#partitions.values()) partition.isActive = false
    this.#partitions = new Map(
      wanted.map((which) => {
        const partition = new ConsumedPartition(which, source)
        if (which.offset !== undefined) partition.seek(which.offset)
        return [partitionName(which), partition]
      }),
    )
    this.#fetcher.setPartitions(this.#partitions)
  }

  /** A partition being read, or undefined. */
  find(which: TopicPartition): ConsumedPartition | undefined {
    return this.#partitions.get(partitionName(which))
  }

  /** The partitions named, or all. Fails with INVALID_STATE when one of them is not being read. */
  select(which: readonly TopicPartition[] | undefined): readonly ConsumedPartition[] {
    if (which === undefined) return this.partitions
    return which.map((one) => {
      const partition = this.find(one)
      if (partition !== undefined) return partition
      const text = `${partitionName(one)} is not assigned to this consumer.`
      throw new KafkaError("INVALID_STATE", text, one)
    })
  }

  /** The user has come back: what was handed out is finished. */
  finishDelivered(): void {
    for (const partition of this.#partitions.values()) partition.finished = partition.delivered
  }

  /** The next batch that has been fetched, if there is one. */
  take(): Delivered<K, V> | undefined {
    const taken = this.#fetcher.take()
    if (taken === undefined) return undefined
    const { partition, jumps, fetched } = taken
    const batch = new ConsumerBatch<K, V>(fetched, this.#options)
    return { batch, partition, jumps }
  }

  /** Fetches what can be fetched; returns when to call again (monotonic, may be infinite). */
  fetch(): number {
    return this.#fetcher.fetch()
  }

  /** Looks up positions that are not known. Fails with what prevents it. */
  async findPositions(): Promise<void> {
    const missing = this.partitions.filter((partition) => !partition.hasPosition)
    await this.#checkTopics()
    if (missing.length === 0) return
    await this.#findCommitted(missing.filter(({ source }) => source.kind === "committed"))
    await this.#findByTime(missing.filter(({ source }) => source.kind === "policy"))
    await this.#findByTime(missing.filter(({ source }) => source.kind === "timestamp"))
  }

  /** Goes to the first record at or after an instant, in each partition; to the end where there is
   *  none. */
  async seekToTime(partitions: readonly ConsumedPartition[], timestamp: number): Promise<void> {
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw optionError(`timestamp must be whole milliseconds, not ${String(timestamp)}.`)
    }
    for (const partition of partitions) partition.seekLater({ kind: "timestamp", timestamp })
    await this.#findByTime(partitions)
  }

  async #checkTopics(): Promise<void> {
    const { metadata, options } = this.#cluster
    for (const { topic, partition } of this.#partitions.values()) {
      if (partition < (metadata.topics.get(topic)?.partitions.length ?? 0)) continue
      const info = await this.#cluster.topic(topic, options.requestTimeoutMs)
      if (partition < info.partitions.length) continue
      const subject = `Topic '${topic}' has ${info.partitions.length} partitions, no ${partition}`
      const details = { topic, partition, retriable: false }
      throw answerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, subject, details)
    }
  }

  async #findCommitted(partitions: readonly ConsumedPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const requireStable = this.#options.isolationLevel === "read_committed"
    const committed = (await this.#coordinator?.fetch(partitions, { requireStable })) ?? []
    const offsets = new Map(committed.map((found) => [partitionName(found), found.offset]))
    const missing: ConsumedPartition[] = []
    for (const partition of partitions) {
      if (partition.source.kind !== "committed" || !partition.isActive) continue
      const offset = offsets.get(partitionName(partition))
      if (offset === undefined) missing.push(partition)
      else {
        partition.seek(offset)
        partition.committed = offset
      }
    }
    for (const partition of missing) partition.seekLater({ kind: "policy" })
    await this.#findByTime(missing)
  }

  /** By policy or timestamp. A seek that happens meanwhile wins. */
  async #findByTime(partitions: readonly ConsumedPartition[]): Promise<void> {
    const { isolationLevel } = this.#options
    const asked = partitions.map((partition) => ({ partition, jumps: partition.jumps }))
    const questions = asked.map(({ partition }) => this.#question(partition))
    if (questions.length === 0) return
    const found = await listOffsets(this.#cluster, questions, { isolationLevel })
    const tooYoung = asked.filter((_, index) => found[index]!.offset < 0)
    const ends = await listOffsets(
      this.#cluster,
      tooYoung.map(({ partition }) => place(partition, LATEST)),
      { isolationLevel },
    )
    const offsets = new Map([...found, ...ends].map((one) => [partitionName(one), one.offset]))
    for (const { partition, jumps } of asked) {
      if (partition.jumps === jumps) partition.seek(offsets.get(partitionName(partition))!)
    }
  }

  #question(partition: ConsumedPartition): TopicPartition & { timestamp: number } {
    const { source } = partition
    if (source.kind === "timestamp") return place(partition, source.timestamp)
    const policy = this.#options.autoOffsetReset
    if (policy === "earliest") return place(partition, EARLIEST)
    if (policy === "latest") return place(partition, LATEST)
    const message =
      `No offset is committed for ${partitionName(partition)} and autoOffsetReset is "none". ` +
      "Seek, commit an offset, or set autoOffsetReset."
    throw new KafkaError("NO_OFFSET", message, partition)
  }
}

function place({ topic, partition }: TopicPartition, timestamp: number) {
  return { topic, partition, timestamp }
}

function outOfRange(at: ConsumedPartition): KafkaError {
  const { topic, partition, position } = at
  const subject = `Offset ${position} of ${partitionName(at)}`
  return answerError(ErrorCode.OFFSET_OUT_OF_RANGE, subject, { topic, partition })
}

/** The offsets up to which partitions have been handed out, or come back from. */
export function offsetsOf(
  partitions: readonly ConsumedPartition[],
  which: "delivered" | "finished",
): TopicPartitionOffset[] {
  return partitions
    .filter((partition) => partition[which] >= 0 && partition.hasPosition)
    .map((each) => ({ topic: each.topic, partition: each.partition, offset: each[which] }))
}
