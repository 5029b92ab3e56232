/**
 * Where a leader epoch ended, for readers that check whether their log was cut (KIP-101, KIP-320).
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
} from "../schema.ts"

/** What a client sends. */
export const OffsetForLeaderEpochRequest = message({
  name: "OffsetForLeaderEpochRequest",
  api: 23,
  versions: [2, 4],
  flexible: 4,
  fields: {
    replicaId: int32({ since: 3, default: -2 }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ default: -1 }),
        leaderEpoch: int32(),
      }),
    }),
  },
})

/** A decoded OffsetForLeaderEpoch request. */
export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>
/** A OffsetForLeaderEpoch request to encode: fields with a default may be left out. */
export type OffsetForLeaderEpochCall = ReplyOf<typeof OffsetForLeaderEpochRequest>

/** What the broker answers. */
export const OffsetForLeaderEpochResponse = message({
  name: "OffsetForLeaderEpochResponse",
  api: 23,
  versions: [2, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ default: -1 }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
})

/** A decoded OffsetForLeaderEpoch response. */
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>
/** A OffsetForLeaderEpoch response to encode: fields with a default may be left out. */
export type OffsetForLeaderEpochReply = ReplyOf<typeof OffsetForLeaderEpochResponse>
