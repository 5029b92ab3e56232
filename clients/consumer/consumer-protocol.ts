/**
 * What members of a classic consumer group tell each other through the coordinator, which does not
 * look inside: subscriptions and assignments. Each is preceded by its version (int16); a version
 * newer than ours only adds fields at the end, so it is read as our newest.
 */
import { decoder, encoder } from "../../protocol/compile.ts"
import { Reader } from "../../protocol/reader.ts"
import {
  array,
  bytes,
  type Fields,
  int32,
  type Message,
  message,
  string,
} from "../../protocol/schema.ts"
import { Writer } from "../../protocol/writer.ts"
import { groupBy } from "../net/routing.ts"
import type { TopicPartition } from "../records.ts"

const Subscription = message({
  name: "ConsumerProtocolSubscription",
  versions: [0, 3],
  fields: {
    topics: array(string()),
    userData: bytes({ nullable: 0, default: null }),
    ownedPartitions: array(
      { topic: string(), partitions: array(int32()) },
      { since: 1, default: [] },
    ),
    generationId: int32({ since: 2, default: -1 }),
    rackId: string({ since: 3, nullable: 3, default: null }),
  },
})

const Assignment = message({
  name: "ConsumerProtocolAssignment",
  versions: [0, 3],
  fields: {
    assignedPartitions: array({ topic: string(), partitions: array(int32()) }),
    userData: bytes({ nullable: 0, default: null }),
  },
})

/** Written in this version: all brokers' and clients' tools read it. */
const WRITTEN_VERSION = 1

/** A member's subscription. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return encodeVersioned(Subscription, { topics: [...topics] })
}

/** The topics of a member's subscription. */
export function decodeSubscription(encoded: Buffer): string[] {
  return decodeVersioned(Subscription, encoded).topics
}

/** The partitions a member gets. */
export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const assignedPartitions = [...groupBy(partitions, ({ topic }) => topic)].map(
    ([topic, group]) => ({ topic, partitions: group.map(({ partition }) => partition) }),
  )
  return encodeVersioned(Assignment, { assignedPartitions })
}

/** The partitions of an assignment; nothing at all means none. */
export function decodeAssignment(encoded: Buffer): TopicPartition[] {
  if (encoded.length === 0) return []
  return decodeVersioned(Assignment, encoded).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}

function encodeVersioned<F extends Fields>(
  definition: Message<F>,
  value: Parameters<ReturnType<typeof encoder<F>>>[1],
): Buffer {
  const writer = new Writer().reset()
  writer.int16(WRITTEN_VERSION)
  encoder(definition, WRITTEN_VERSION)(writer, value)
  return Buffer.concat(writer.finish() as Uint8Array[])
}

function decodeVersioned<F extends Fields>(definition: Message<F>, encoded: Buffer) {
  const reader = new Reader().reset(encoded)
  const version = Math.min(reader.int16(), definition.versions[1])
  return decoder(definition, version)(reader)
}
