/**
 * Topics, their ids, partitions and configs; the broker's own configs; producer ids. Everything is
 * in memory, and every change is in the metadata log before anybody hears of it.
 *
 * 1. A topic becomes visible when its record is durable and its logs exist, not before: so nothing
 *    is ever written to a partition that a crash could take out of the catalog.
 * 2. Changes run one after another, in the order they were asked for.
 * 3. Partition directories that no record knows are reported and left alone, except those of topics
 *    whose deletion is on record.
 * 4. Every start leads all partitions under a new epoch, recorded before anybody is told of it: so
 *    whatever a start may have lost, no two records with one offset have the same epoch.
 */
import type { LogConfig } from "../../storage/log-config.ts"
import { type CatalogRefusal, refuse, unknownTopic } from "./catalog-result.ts"
import { type Blueprint, MetadataImage } from "./metadata-image.ts"
import type { MetadataFailure, MetadataLog, MetadataRecord } from "./metadata-log.ts"
import type { Partition } from "./partition.ts"
import { PartitionLogs, type PartitionLogsOptions } from "./partition-logs.ts"
import type { Topic } from "./topic.ts"
import { topicNameProblem } from "./topic-names.ts"

export type { CatalogFailure, CatalogRefusal } from "./catalog-result.ts"

/** Partitions made before the loop may turn to somebody else. */
const PARTITIONS_PER_TURN = 16

/** What a change of a topic answers. */
export type CatalogResult = { readonly ok: true; readonly topic: Topic } | CatalogRefusal

/** What a new topic is made of. */
export interface TopicPlan {
  name: string
  partitionCount: number
  configs?: Iterable<readonly [string, string]>
  isInternal?: boolean
}

/** What the catalog needs of its surroundings. */
export interface CatalogOptions extends PartitionLogsOptions {
  metadata: MetadataLog
  /** Most partitions of one topic, and of all together. */
  limits: { readonly perTopic: number; readonly perBroker: number }
  /** The log options of a topic with these overrides. */
  logConfigOf(overrides: ReadonlyMap<string, string>): LogConfig
}

interface TopicState extends Topic {
  partitions: Partition[]
  configs: Map<string, string>
}

/** All topics of this broker. */
export class Catalog {
  readonly #options: CatalogOptions
  readonly #logs: PartitionLogs
  readonly #byName = new Map<string, TopicState>()
  readonly #byId = new Map<string, TopicState>()
  #brokerConfigs: ReadonlyMap<string, string> = new Map()
  #nextProducerId = 0
  #partitionCount = 0
  /** Settles when the change before has been made. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: CatalogOptions) {
    this.#options = options
    this.#logs = new PartitionLogs(options)
  }

  /** Replays the metadata log and joins it with the logs on disk. Once, before anything else. */
  async load(): Promise<{ ok: true } | MetadataFailure> {
    const image = new MetadataImage()
    const replayed = this.#options.metadata.replay((record) => image.apply(record))
    if (!replayed.ok) return replayed
    this.#brokerConfigs = image.brokerConfigs
    this.#nextProducerId = image.nextProducerId
    this.#logs.removeDeleted(image.deletedIds)
    const leaderEpoch = Math.max(image.leaderEpoch, this.#logs.latestEpoch) + 1
    const refused = await this.#record({ type: "leader-epoch", leaderEpoch })
    if (refused !== undefined) return { ...refused, reason: "storage-failure" }
    this.#logs.leaderEpoch = leaderEpoch
    for (const blueprint of image.topics.values()) {
      const topic = this.#openTopic(blueprint)
      if (!topic.ok) {
        const message = `topic ${blueprint.name}: ${topic.message}`
        return { ok: false, reason: "storage-failure", message }
      }
    }
    this.#logs.reportStrangers((name, index) => this.partition(name, index) !== undefined)
    return { ok: true }
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  findById(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** All topics, in the order they were made. */
  all(): Iterable<Topic> {
    return this.#byName.values()
  }

  partition(name: string, index: number): Partition | undefined {
    return this.#byName.get(name)?.partitions[index]
  }

  /** Configs set for the broker while it ran. */
  get brokerConfigs(): ReadonlyMap<string, string> {
    return this.#brokerConfigs
  }

  /** Partitions of all topics. */
  get partitionCount(): number {
    return this.#partitionCount
  }

  /** Whether `create` would be refused, without making anything. */
  checkCreate(plan: TopicPlan): CatalogRefusal | undefined {
    const problem = topicNameProblem(plan.name)
    if (problem !== undefined) return refuse("invalid-topic-name", problem)
    if (this.#byName.has(plan.name)) {
      return refuse("topic-exists", `Topic '${plan.name}' already exists.`)
    }
    return this.#checkCount(plan.partitionCount, 0)
  }

  /** Whether `createPartitions` would be refused, without making anything. */
  checkPartitions(name: string, partitionCount: number): CatalogRefusal | undefined {
    const topic = this.#byName.get(name)
    if (topic === undefined) return unknownTopic(name)
    const had = topic.partitions.length
    if (partitionCount <= had) {
      const text = `The topic '${name}' has ${had} partition(s) already; the count can only grow.`
      return refuse("invalid-partition-count", text)
    }
    return this.#checkCount(partitionCount, had)
  }

  /** Makes a topic. */
  create(plan: TopicPlan): Promise<CatalogResult> {
    return this.#inOrder(async () => {
      const refusal = this.checkCreate(plan)
      if (refusal !== undefined) return refusal
      const blueprint: Blueprint = {
        name: plan.name,
        id: this.#newId(),
        partitionCount: plan.partitionCount,
        configs: Object.fromEntries(plan.configs ?? []),
        isInternal: plan.isInternal ?? false,
      }
      const failure = await this.#record({ type: "topic-created", ...blueprint })
      if (failure !== undefined) return failure
      // Crash here: the next start finds the record and makes the logs.
      return this.#makeTopic(blueprint)
    })
  }

  /** Adds partitions until there are `partitionCount`. */
  createPartitions(name: string, partitionCount: number): Promise<CatalogResult> {
    return this.#inOrder(async () => {
      const refusal = this.checkPartitions(name, partitionCount)
      if (refusal !== undefined) return refusal
      const topic = this.#byName.get(name)!
      const failure = await this.#record({ type: "partitions-added", id: topic.id, partitionCount })
      if (failure !== undefined) return failure
      const added = await this.#makePartitions(topic, topic.partitions.length, partitionCount)
      if (!added.ok) return added
      topic.partitions.push(...added.partitions)
      this.#partitionCount += added.partitions.length
      return { ok: true, topic }
    })
  }

  /** Deletes a topic and its records. */
  delete(name: string): Promise<CatalogResult> {
    return this.#inOrder(async () => {
      const topic = this.#byName.get(name)
      if (topic === undefined) return unknownTopic(name)
      const failure = await this.#record({ type: "topic-deleted", id: topic.id })
      if (failure !== undefined) return failure
      // Crash here: the next start finds the deletion on record and removes the directories.
      this.#forget(topic)
      for (const partition of topic.partitions) this.#logs.delete(partition)
      return { ok: true, topic }
    })
  }

  /** Replaces all configs set for a topic by what `update` makes of the present ones, unless that
   *  is undefined. Changes that overlap build on each other; the caller checks the values. */
  updateConfigs(
    name: string,
    update: (present: ReadonlyMap<string, string>) => ReadonlyMap<string, string> | undefined,
  ): Promise<CatalogResult> {
    return this.#inOrder(async () => {
      const topic = this.#byName.get(name)
      if (topic === undefined) return unknownTopic(name)
      const updated = update(topic.configs)
      if (updated === undefined) return { ok: true, topic }
      const next = new Map(updated)
      const record = { id: topic.id, configs: Object.fromEntries(next) }
      const failure = await this.#record({ type: "topic-configs", ...record })
      if (failure !== undefined) return failure
      topic.configs = next
      const logConfig = this.#options.logConfigOf(next)
      for (const partition of topic.partitions) partition.log.updateConfig(logConfig)
      return { ok: true, topic }
    })
  }

  /** Replaces all configs set for the broker. */
  setBrokerConfigs(
    configs: Iterable<readonly [string, string]>,
  ): Promise<{ ok: true } | CatalogRefusal> {
    return this.#inOrder(async () => {
      const next = new Map(configs)
      const record = { configs: Object.fromEntries(next) }
      const failure = await this.#record({ type: "broker-configs", ...record })
      if (failure !== undefined) return failure
      this.#brokerConfigs = next
      return { ok: true }
    })
  }

  /** Takes `count` producer ids that nobody gets again, restarts included. */
  reserveProducerIds(count: number): Promise<{ ok: true; first: number } | CatalogRefusal> {
    return this.#inOrder(async () => {
      const first = this.#nextProducerId
      const failure = await this.#record({ type: "producer-ids", nextProducerId: first + count })
      if (failure !== undefined) return failure
      this.#nextProducerId = first + count
      return { ok: true, first }
    })
  }

  /** Runs changes one after another. */
  #inOrder<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#last.then(change)
    this.#last = run.catch(() => undefined)
    return run
  }

  #record(record: MetadataRecord): Promise<CatalogRefusal | undefined> {
    return new Promise((resolve) => {
      this.#options.metadata.append(record, (failure) => {
        resolve(failure && refuse("storage-failure", failure.message))
      })
    })
  }

  #checkCount(partitionCount: number, had: number): CatalogRefusal | undefined {
    if (!Number.isInteger(partitionCount) || partitionCount < 1) {
      return refuse("invalid-partition-count", "Number of partitions must be larger than 0.")
    }
    const { perTopic, perBroker } = this.#options.limits
    if (partitionCount > perTopic) {
      return refuse("too-many-partitions", `A topic has at most ${perTopic} partitions.`)
    }
    if (this.#partitionCount + partitionCount - had > perBroker) {
      return refuse("too-many-partitions", `This broker has at most ${perBroker} partitions.`)
    }
    return undefined
  }

  async #makeTopic(blueprint: Blueprint): Promise<CatalogResult> {
    const topic = emptyTopic(blueprint)
    const made = await this.#makePartitions(topic, 0, blueprint.partitionCount)
    if (!made.ok) {
      this.#logs.discard(topic, blueprint.partitionCount)
      await this.#record({ type: "topic-deleted", id: topic.id })
      return made
    }
    topic.partitions = made.partitions
    this.#remember(topic)
    return { ok: true, topic }
  }

  async #makePartitions(
    topic: TopicState,
    from: number,
    to: number,
  ): Promise<{ ok: true; partitions: Partition[] } | CatalogRefusal> {
    const partitions: Partition[] = []
    const config = this.#options.logConfigOf(topic.configs)
    for (let index = from; index < to; index++) {
      const opened = this.#logs.open(topic, index, config)
      if (!opened.ok) return opened
      partitions.push(opened.partition)
      if (partitions.length % PARTITIONS_PER_TURN === 0 && index + 1 < to) {
        await new Promise<void>((resolve) => this.#options.os.clock.after(0, resolve))
      }
    }
    return { ok: true, partitions }
  }

  /** At start: the topic's logs as they are on disk, the missing ones made. */
  #openTopic(blueprint: Blueprint): { ok: true } | CatalogRefusal {
    const topic = emptyTopic(blueprint)
    const config = this.#options.logConfigOf(topic.configs)
    for (let index = 0; index < blueprint.partitionCount; index++) {
      const opened = this.#logs.open(topic, index, config)
      if (!opened.ok) return opened
      topic.partitions.push(opened.partition)
    }
    this.#remember(topic)
    return { ok: true }
  }

  #remember(topic: TopicState): void {
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#partitionCount += topic.partitions.length
  }

  #forget(topic: TopicState): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#partitionCount -= topic.partitions.length
  }

  /** A random id; like Kafka's, never starting with "-", which confuses command lines. */
  #newId(): string {
    for (;;) {
      const bytes = this.#options.os.random.bytes(16)
      bytes[6] = (bytes[6]! & 0x0f) | 0x40
      bytes[8] = (bytes[8]! & 0x3f) | 0x80
      const id = bytes.toString("base64url")
      if (!id.startsWith("-") && !this.#byId.has(id)) return id
    }
  }
}

function emptyTopic(blueprint: Blueprint): TopicState {
  const { name, id, isInternal } = blueprint
  return {
    name,
    id,
    isInternal,
    partitions: [],
    configs: new Map(Object.entries(blueprint.configs)),
  }
}
