/** What the records of the metadata log add up to, oldest first. Pure. */
import assert from "node:assert/strict"
import type { MetadataRecord } from "./metadata-log.ts"

/** First producer id ever given out; lower ones are easily mistaken for other numbers. */
const FIRST_PRODUCER_ID = 1000

/** A topic as its records describe it. */
export interface Blueprint {
  readonly name: string
  readonly id: string
  partitionCount: number
  configs: Readonly<Record<string, string>>
  readonly isInternal: boolean
}

/** The state after the records that were applied. */
export class MetadataImage {
  /** By topic id, in the order they were made. */
  readonly topics = new Map<string, Blueprint>()
  /** Ids of deleted topics. */
  readonly deletedIds = new Set<string>()
  brokerConfigs: ReadonlyMap<string, string> = new Map()
  nextProducerId = FIRST_PRODUCER_ID
  /** The epoch under which this broker led last; -1 before its first start. */
  leaderEpoch = -1

  apply(record: MetadataRecord): void {
    switch (record.type) {
      case "topic-created": {
        const { name, id, partitionCount, configs, isInternal } = record
        this.topics.set(id, { name, id, partitionCount, configs, isInternal })
        break
      }
      case "partitions-added":
        this.#at(record.id).partitionCount = record.partitionCount
        break
      case "topic-configs":
        this.#at(record.id).configs = record.configs
        break
      case "topic-deleted":
        this.topics.delete(record.id)
        this.deletedIds.add(record.id)
        break
      case "broker-configs":
        this.brokerConfigs = new Map(Object.entries(record.configs))
        break
      case "producer-ids":
        this.nextProducerId = record.nextProducerId
        break
      case "leader-epoch":
        this.leaderEpoch = record.leaderEpoch
        break
    }
  }

  #at(id: string): Blueprint {
    const topic = this.topics.get(id)
    assert(topic, `metadata log: a change of topic ${id}, which was not made before`)
    return topic
  }
}
