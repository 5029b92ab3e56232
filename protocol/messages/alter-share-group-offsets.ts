/**
 * Sets where an empty share group starts (KIP-932).
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
} from "../schema.ts"

/** What a client sends. */
export const AlterShareGroupOffsetsRequest = message({
  name: "AlterShareGroupOffsetsRequest",
  api: 91,
  versions: [0, 0],
  flexible: 0,
  fields: {
    groupId: string(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64(),
      }),
    }),
  },
})

/** A decoded AlterShareGroupOffsets request. */
export type AlterShareGroupOffsetsRequest = MessageOf<typeof AlterShareGroupOffsetsRequest>
/** A AlterShareGroupOffsets request to encode: fields with a default may be left out. */
export type AlterShareGroupOffsetsCall = ReplyOf<typeof AlterShareGroupOffsetsRequest>

/** What the broker answers. */
export const AlterShareGroupOffsetsResponse = message({
  name: "AlterShareGroupOffsetsResponse",
  api: 91,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, default: null }),
      }),
    }),
  },
})

/** A decoded AlterShareGroupOffsets response. */
export type AlterShareGroupOffsetsResponse = MessageOf<typeof AlterShareGroupOffsetsResponse>
/** A AlterShareGroupOffsets response to encode: fields with a default may be left out. */
export type AlterShareGroupOffsetsReply = ReplyOf<typeof AlterShareGroupOffsetsResponse>
