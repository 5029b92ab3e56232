/**
 * What `__consumer_offsets` holds for classic groups: committed offsets and group metadata. In a
 * record, key and value are each preceded by an int16: the type for keys, the version for values.
 */
import {
  array,
  bytes,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
  uuid,
  ZERO_UUID,
} from "../schema.ts"

/** Key type 0 or 1: the partition an offset was committed for. */
export const OffsetCommitKey = message({
  name: "OffsetCommitKey",
  versions: [0, 1],
  fields: { group: string(), topic: string(), partition: int32() },
})
/** A decoded key of a committed offset. */
export type OffsetCommitKey = MessageOf<typeof OffsetCommitKey>

/** A committed offset. Version 1 has an expiry of its own, 3 a leader epoch, 4 a topic id. */
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
/** A decoded committed offset. */
export type OffsetCommitValue = MessageOf<typeof OffsetCommitValue>

/** Key type 2: the group. */
export const GroupMetadataKey = message({
  name: "GroupMetadataKey",
  versions: [2, 2],
  fields: { group: string() },
})
/** A decoded key of a group. */
export type GroupMetadataKey = MessageOf<typeof GroupMetadataKey>

/** A classic group with its members. Version 2 has the time of the state, 3 static members. */
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
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 3, nullable: 3, default: null }),
      clientId: string(),
      clientHost: string(),
      rebalanceTimeout: int32({ since: 1, default: -1 }),
      sessionTimeout: int32(),
      subscription: bytes(),
      assignment: bytes(),
    }),
  },
})
/** A decoded group. */
export type GroupMetadataValue = MessageOf<typeof GroupMetadataValue>
/** A group to encode. */
export type GroupMetadataCall = ReplyOf<typeof GroupMetadataValue>
