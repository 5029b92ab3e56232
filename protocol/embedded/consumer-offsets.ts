/**
 * Records of the internal topic `__consumer_offsets`, for committed offsets and classic groups.
 *
 *   key:    type (2) | fields       0, 1: committed offset; 2: group
 *   value:  version (2) | fields    no value: the key is forgotten
 *
 * The versions of a key are its types. Kafka writes key types 1 and 2.
 */
import {
  array,
  bytes,
  int32,
  int64,
  type MessageOf,
  message,
  string,
  uuid,
  ZERO_UUID,
} from "../schema.ts"

const memberMetadata = {
  memberId: string(),
  groupInstanceId: string({ since: 3, nullable: 3, default: null }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ since: 1, default: -1 }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
}

/** Key of a committed offset. Type 0 was written before Kafka 0.9 and has the same fields. */
export const OffsetCommitKey = message({
  name: "OffsetCommitKey",
  versions: [0, 1],
  fields: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
})
/** A decoded one. */
export type OffsetCommitKey = MessageOf<typeof OffsetCommitKey>

/** A committed offset. v1 has a time to expire at, v3 the leader epoch, v4 the topic's id. */
export const OffsetCommitValue = message({
  name: "OffsetCommitValue",
  versions: [0, 4],
  flexible: 4,
  fields: {
    offset: int64(),
    leaderEpoch: int32({ since: 3, default: -1 }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ since: 1, until: 1, default: -1 }),
    topicId: uuid({ since: 4, tag: 0, default: ZERO_UUID }),
  },
})
/** A decoded one. */
export type OffsetCommitValue = MessageOf<typeof OffsetCommitValue>

/** Key of a classic group. */
export const GroupMetadataKey = message({
  name: "GroupMetadataKey",
  versions: [2, 2],
  fields: {
    group: string(),
  },
})
/** A decoded one. */
export type GroupMetadataKey = MessageOf<typeof GroupMetadataKey>

/** A classic group: generation, chosen protocol, leader and members. */
export const GroupMetadataValue = message({
  name: "GroupMetadataValue",
  versions: [0, 4],
  flexible: 4,
  fields: {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: 0 }),
    leader: string({ nullable: 0 }),
    currentStateTimestamp: int64({ since: 2, default: -1 }),
    members: array(memberMetadata),
  },
})
/** A decoded one. */
export type GroupMetadataValue = MessageOf<typeof GroupMetadataValue>
