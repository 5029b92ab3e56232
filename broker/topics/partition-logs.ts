/**
 * The logs of the catalog's partitions: found on disk or made, and matched by topic id.
 *
 * 1. A log whose topic id is another topic's is never taken for ours, and never deleted unless that
 *    topic's deletion is on record.
 * 2. A directory without id and without records is one that a crash left unfinished: made anew. A
 *    damaged log seems to be empty, too, and stays.
 * 3. One without id but with records lost its partition.metadata in a power cut before its first
 *    sync (durability=os): it is the topic's of its name again, as in Kafka.
 */
import type { Os } from "../../native/os.ts"
import type { Log } from "../../storage/log.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import type { LogManager } from "../../storage/log-manager.ts"
import { type CatalogRefusal, refuse } from "./catalog-result.ts"
import { Partition, type Visibility } from "./partition.ts"
import { ZERO_TOPIC_ID } from "./topic.ts"
import { METADATA_TOPIC } from "./topic-names.ts"

/** What partitions are made of. */
export interface PartitionLogsOptions {
  os: Os
  manager: LogManager
  visibility: Visibility
  log: { warn(fields: object, text: string): void }
  /** Called whenever readers of a partition may see more. */
  onAdvance?(partition: Partition): void
}

interface TopicName {
  readonly name: string
  readonly id: string
}

/** Opens and deletes partitions. */
export class PartitionLogs {
  /** The epoch under which partitions opened from now on are led. */
  leaderEpoch = 0
  readonly #options: PartitionLogsOptions

  constructor(options: PartitionLogsOptions) {
    this.#options = options
  }

  /** The latest epoch that any log on disk knows of; -1 when there is none. */
  get latestEpoch(): number {
    let latest = -1
    for (const log of this.#options.manager.all()) {
      if (log.topic !== METADATA_TOPIC) latest = Math.max(latest, log.leaderEpoch)
    }
    return latest
  }

  /** The partition with the log that is there, or with a new one. */
  open(
    topic: TopicName,
    index: number,
    config: LogConfig,
  ): { ok: true; partition: Partition } | CatalogRefusal {
    const { manager } = this.#options
    let found = manager.find(topic.name, index)
    if (found !== undefined && isUnfinished(found)) {
      manager.delete(topic.name, index)
      found = undefined
    }
    if (found === undefined) {
      const created = manager.create(topic.name, index, topic.id, config)
      if (created.ok) return { ok: true, partition: this.#newPartition(created.log) }
      return refuse("storage-failure", `partition ${index} cannot be made: ${created.message}`)
    }
    if (found.topicId === ZERO_TOPIC_ID) {
      const failure = found.adopt(topic.id)
      if (failure !== undefined) return refuse("storage-failure", failure.message)
      const fields = { directory: found.directory, topicId: topic.id }
      this.#options.log.warn(fields, "partition.metadata was lost and has been written anew")
    }
    if (found.topicId !== topic.id) {
      const text = `${found.directory} belongs to another topic (id ${found.topicId}): move it away`
      return refuse("storage-failure", text)
    }
    found.updateConfig(config)
    return { ok: true, partition: this.#newPartition(found) }
  }

  /** Deletes the logs of a topic that was not made completely. */
  discard(topic: TopicName, partitionCount: number): void {
    const { manager } = this.#options
    for (let index = 0; index < partitionCount; index++) {
      if (manager.find(topic.name, index)?.topicId === topic.id) manager.delete(topic.name, index)
    }
  }

  /** Takes a partition away from readers and writers, and then its log. */
  delete(partition: Partition): void {
    partition.markDeleted()
    this.#options.manager.delete(partition.topic, partition.index)
  }

  /** Finishes deletions that a crash interrupted. */
  removeDeleted(deletedIds: ReadonlySet<string>): void {
    const { manager } = this.#options
    for (const log of [...manager.all()]) {
      if (deletedIds.has(log.topicId)) manager.delete(log.topic, log.partition)
    }
  }

  /** Logs a line for every log that is not one of the catalog's. */
  reportStrangers(isKnown: (topic: string, partition: number) => boolean): void {
    for (const log of this.#options.manager.all()) {
      if (log.topic === METADATA_TOPIC || isKnown(log.topic, log.partition)) continue
      const fields = { directory: log.directory, topicId: log.topicId }
      this.#options.log.warn(fields, "directory of an unknown partition is left alone")
    }
  }

  #newPartition(log: Log): Partition {
    const { os, visibility, onAdvance } = this.#options
    const { leaderEpoch } = this
    const partition = new Partition(log, {
      ...{ visibility, leaderEpoch },
      nowMs: () => os.clock.nowMs(),
    })
    if (onAdvance !== undefined) partition.onAdvance(onAdvance)
    return partition
  }
}

function isUnfinished(log: Log): boolean {
  const isEmpty = log.logEndOffset === 0 && log.sizeBytes === 0 && !log.isDamaged
  return log.topicId === ZERO_TOPIC_ID && isEmpty
}
