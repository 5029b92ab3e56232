/**
 * What members of a classic consumer group tell each other through the coordinator, which need not
 * look inside: the metadata of JoinGroup and the assignment of SyncGroup. v1 adds the partitions a
 * member owns (KIP-429), v2 its generation (KIP-792), v3 its rack (KIP-881). Newer versions add
 * fields at the end, so that they are read as the newest one known.
 *
 * @platformatic/kafka 1.35 writes subscriptions that say v1 and end like v0: what does not fit the
 * version is read as v0, with which all versions begin.
 */
import { DecodeError } from "../reader.ts"
import { array, bytes, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"
import { decodeAs, decodeVersioned, encodeVersioned } from "./versioned.ts"

const topicPartitions = { topic: string(), partitions: array(int32()) }

/** What a member wants to read, and what it has. */
export const ConsumerProtocolSubscription = message({
  name: "ConsumerProtocolSubscription",
  versions: [0, 3],
  fields: {
    topics: array(string()),
    userData: bytes({ nullable: 0, default: null }),
    ownedPartitions: array(topicPartitions, { since: 1, default: [] }),
    generationId: int32({ since: 2, default: -1 }),
    rackId: string({ since: 3, nullable: 3, default: null }),
  },
})
/** A decoded subscription. */
export type ConsumerProtocolSubscription = MessageOf<typeof ConsumerProtocolSubscription>

/** What a member is to read. */
export const ConsumerProtocolAssignment = message({
  name: "ConsumerProtocolAssignment",
  versions: [0, 3],
  fields: {
    assignedPartitions: array(topicPartitions),
    userData: bytes({ nullable: 0, default: null }),
  },
})
/** A decoded assignment. */
export type ConsumerProtocolAssignment = MessageOf<typeof ConsumerProtocolAssignment>

/** The metadata bytes of JoinGroup. */
export function encodeSubscription(
  value: ReplyOf<typeof ConsumerProtocolSubscription>,
  version = 3,
): Buffer {
  return encodeVersioned(ConsumerProtocolSubscription, version, value)
}

/** Reads the metadata bytes of JoinGroup; throws `DecodeError`. */
export function decodeSubscription(encoded: Buffer): ConsumerProtocolSubscription {
  try {
    return decodeVersioned(ConsumerProtocolSubscription, encoded, { readsNewer: true })
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return decodeAs(ConsumerProtocolSubscription, 0, encoded)
  }
}

/** The assignment bytes of SyncGroup. */
export function encodeAssignment(
  value: ReplyOf<typeof ConsumerProtocolAssignment>,
  version = 3,
): Buffer {
  return encodeVersioned(ConsumerProtocolAssignment, version, value)
}

/** Reads the assignment bytes of SyncGroup; throws `DecodeError`. */
export function decodeAssignment(encoded: Buffer): ConsumerProtocolAssignment {
  return decodeVersioned(ConsumerProtocolAssignment, encoded, { readsNewer: true })
}
