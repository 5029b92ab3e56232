/**
 * Stores the offsets that a group has consumed. v5 drops the retention time, v6 adds leader epochs,
 * v7 static members, v9 the new consumer protocol (KIP-848), v10 topic ids.
 */
import {
  array,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
  uuid,
  ZERO_UUID,
} from "../schema.ts"

/** What a client sends. */
export const OffsetCommitRequest = message({
  name: "OffsetCommitRequest",
  api: 8,
  versions: [2, 10],
  flexible: 8,
  fields: {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 7, nullable: 7, default: null }),
    retentionTimeMs: int64({ until: 4, default: -1 }),
    topics: array({
      name: string({ until: 9, default: "" }),
      topicId: uuid({ since: 10, default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, default: -1 }),
        committedMetadata: string({ nullable: 2 }),
      }),
    }),
  },
})

/** A decoded OffsetCommit request. */
export type OffsetCommitRequest = MessageOf<typeof OffsetCommitRequest>
/** A OffsetCommit request to encode: fields with a default may be left out. */
export type OffsetCommitCall = ReplyOf<typeof OffsetCommitRequest>

/** What the broker answers. */
export const OffsetCommitResponse = message({
  name: "OffsetCommitResponse",
  api: 8,
  versions: [2, 10],
  flexible: 8,
  fields: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: array({
      name: string({ until: 9, default: "" }),
      topicId: uuid({ since: 10, default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})

/** A decoded OffsetCommit response. */
export type OffsetCommitResponse = MessageOf<typeof OffsetCommitResponse>
/** A OffsetCommit response to encode: fields with a default may be left out. */
export type OffsetCommitReply = ReplyOf<typeof OffsetCommitResponse>
