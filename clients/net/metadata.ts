/**
 * What is known of the cluster: brokers, topics, and who leads each partition. Filled from Metadata
 * replies, never trusted for longer than `metadataMaxAgeMs`, corrected when a broker says that it
 * does not lead a partition any more.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { MetadataResponse } from "../../protocol/messages/metadata.ts"
import { ZERO_UUID } from "../../protocol/schema.ts"
import type { Address } from "./addresses.ts"

/** A broker of the cluster. */
export interface Node extends Address {
  readonly id: number
  readonly rack: string | null
}

/** A partition as the metadata describe it. */
export interface PartitionInfo {
  readonly partition: number
  /** Id of the leading broker; -1 when there is none at the moment. */
  readonly leader: number
  /** -1 when the broker does not tell. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** A topic as the metadata describe it. */
export interface TopicInfo {
  readonly name: string
  /** 22 characters; undefined where the broker has no topic ids. */
  readonly id: string | undefined
  readonly isInternal: boolean
  /** At its own index each; complete (a partition that is missing in the reply has no leader). */
  readonly partitions: readonly PartitionInfo[]
  readonly errorCode: number
  /** Monotonic instant of the reply. */
  readonly fetchedAt: number
}

type TopicReply = MetadataResponse["topics"][number]

/** The latest known state. */
export class Metadata {
  readonly nodes = new Map<number, Node>()
  readonly topics = new Map<string, TopicInfo>()
  readonly topicNames = new Map<string, string>()
  controllerId = -1
  clusterId: string | null = null

  /** Takes over what a broker answered. `isComplete`: the reply lists all topics there are. */
  update(reply: MetadataResponse, now: number, isComplete: boolean): void {
    if (reply.brokers.length > 0) this.nodes.clear()
    for (const { nodeId, host, port, rack } of reply.brokers) {
      this.nodes.set(nodeId, { id: nodeId, host, port, rack })
    }
    this.controllerId = reply.controllerId
    this.clusterId = reply.clusterId ?? this.clusterId
    if (isComplete) this.topics.clear()
    for (const topic of reply.topics) {
      if (topic.name !== null) this.#keep(topicInfo(topic.name, topic, now))
    }
  }

  /** A coordinator may be named before metadata mention it. */
  addNode(node: Node): void {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node)
  }

  /** Leader of a partition, or -1. */
  leaderOf(topic: string, partition: number): number {
    return this.topics.get(topic)?.partitions[partition]?.leader ?? -1
  }

  /** Notes a leader that a broker named in an error reply (KIP-951). */
  setLeader(topic: string, partition: number, leader: number, leaderEpoch: number): void {
    const info = this.topics.get(topic)
    const known = info?.partitions[partition]
    if (info === undefined || known === undefined || known.leaderEpoch >= leaderEpoch) return
    const partitions = info.partitions.with(partition, { ...known, leader, leaderEpoch })
    this.topics.set(topic, { ...info, partitions })
  }

  /** A topic whose partitions are not known counts as unknown, but its error is remembered. */
  #keep(info: TopicInfo): void {
    const known = this.topics.get(info.name)
    if (known?.id !== undefined) this.topicNames.delete(known.id)
    this.topics.set(info.name, info)
    if (info.id !== undefined) this.topicNames.set(info.id, info.name)
  }
}

function topicInfo(name: string, topic: TopicReply, fetchedAt: number): TopicInfo {
  const count = topic.partitions.reduce((n, p) => Math.max(n, p.partitionIndex + 1), 0)
  const partitions = Array.from({ length: Math.min(count, MAX_PARTITIONS) }, (_, partition) => ({
    ...NO_LEADER,
    partition,
  })) as PartitionInfo[]
  for (const reply of topic.partitions) {
    if (partitions[reply.partitionIndex] === undefined) continue
    const hasLeader =
      reply.errorCode === ErrorCode.NONE || reply.errorCode === ErrorCode.REPLICA_NOT_AVAILABLE
    partitions[reply.partitionIndex] = {
      partition: reply.partitionIndex,
      leader: hasLeader ? reply.leaderId : -1,
      leaderEpoch: reply.leaderEpoch,
      replicas: reply.replicaNodes,
      inSyncReplicas: reply.isrNodes,
      offlineReplicas: reply.offlineReplicas,
    }
  }
  return {
    name,
    id: topic.topicId === ZERO_UUID ? undefined : topic.topicId,
    isInternal: topic.isInternal,
    partitions,
    errorCode: topic.errorCode,
    fetchedAt,
  }
}

/** More partitions than any topic has: a limit for what a reply may make us allocate. */
const MAX_PARTITIONS = 1_000_000
const NO_LEADER = {
  leader: -1,
  leaderEpoch: -1,
  replicas: [],
  inSyncReplicas: [],
  offlineReplicas: [],
}
