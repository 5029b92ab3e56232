/**
 * Deletes committed offsets of a group for topics it is not subscribed to (KIP-496).
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const OffsetDeleteRequest = message({
  name: "OffsetDeleteRequest",
  api: 47,
  versions: [0, 0],
  fields: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
})

/** A decoded OffsetDelete request. */
export type OffsetDeleteRequest = MessageOf<typeof OffsetDeleteRequest>
/** A OffsetDelete request to encode: fields with a default may be left out. */
export type OffsetDeleteCall = ReplyOf<typeof OffsetDeleteRequest>

/** What the broker answers. */
export const OffsetDeleteResponse = message({
  name: "OffsetDeleteResponse",
  api: 47,
  versions: [0, 0],
  fields: {
    errorCode: int16(),
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})

/** A decoded OffsetDelete response. */
export type OffsetDeleteResponse = MessageOf<typeof OffsetDeleteResponse>
/** A OffsetDelete response to encode: fields with a default may be left out. */
export type OffsetDeleteReply = ReplyOf<typeof OffsetDeleteResponse>
