/**
 * Subscriptions and assignments as this client uses them: lists of topics and of partitions, around
 * the formats that all consumers share.
 */
import * as wire from "../../protocol/embedded/consumer-protocol.ts"
import { groupBy } from "../net/routing.ts"
import type { TopicPartition } from "../records.ts"

/** Written in this version: all brokers' and clients' tools read it. */
const WRITTEN_VERSION = 1

/** A member's subscription. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return wire.encodeSubscription({ topics: [...topics] }, WRITTEN_VERSION)
}

/** The topics of a member's subscription. */
export function decodeSubscription(encoded: Buffer): string[] {
  return wire.decodeSubscription(encoded).topics
}

/** The partitions a member gets. */
export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const assignedPartitions = [...groupBy(partitions, ({ topic }) => topic)].map(
    ([topic, group]) => ({ topic, partitions: group.map(({ partition }) => partition) }),
  )
  return wire.encodeAssignment({ assignedPartitions }, WRITTEN_VERSION)
}

/** The partitions of an assignment; nothing at all means none. */
export function decodeAssignment(encoded: Buffer): TopicPartition[] {
  if (encoded.length === 0) return []
  return wire
    .decodeAssignment(encoded)
    .assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
}
