/**
 * Offset for a timestamp, or one of the special ones below zero: -1 the end, -2 the start, -3 the
 * largest timestamp (v7), -4 the local start (v8), -5 the end of tiered data (v9). v4 has leader
 * epochs, v10 a time limit.
 */
import {
  array,
  int8,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const ListOffsetsRequest = message({
  name: "ListOffsetsRequest",
  api: 2,
  versions: [1, 11],
  flexible: 6,
  fields: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2, default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1 }),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ since: 10, default: 0 }),
  },
})

/** A decoded ListOffsets request. */
export type ListOffsetsRequest = MessageOf<typeof ListOffsetsRequest>
/** A ListOffsets request to encode: fields with a default may be left out. */
export type ListOffsetsCall = ReplyOf<typeof ListOffsetsRequest>

/** What the broker answers. */
export const ListOffsetsResponse = message({
  name: "ListOffsetsResponse",
  api: 2,
  versions: [1, 11],
  flexible: 6,
  fields: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1 }),
        offset: int64({ default: -1 }),
        leaderEpoch: int32({ since: 4, default: -1 }),
      }),
    }),
  },
})

/** A decoded ListOffsets response. */
export type ListOffsetsResponse = MessageOf<typeof ListOffsetsResponse>
/** A ListOffsets response to encode: fields with a default may be left out. */
export type ListOffsetsReply = ReplyOf<typeof ListOffsetsResponse>
