/**
 * Forgets where an empty share group stands in some topics (KIP-932).
 */
import {
  array,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
  uuid,
} from "../schema.ts"

/** What a client sends. */
export const DeleteShareGroupOffsetsRequest = message({
  name: "DeleteShareGroupOffsetsRequest",
  api: 92,
  versions: [0, 0],
  flexible: 0,
  fields: {
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  },
})

/** A decoded DeleteShareGroupOffsets request. */
export type DeleteShareGroupOffsetsRequest = MessageOf<typeof DeleteShareGroupOffsetsRequest>
/** A DeleteShareGroupOffsets request to encode: fields with a default may be left out. */
export type DeleteShareGroupOffsetsCall = ReplyOf<typeof DeleteShareGroupOffsetsRequest>

/** What the broker answers. */
export const DeleteShareGroupOffsetsResponse = message({
  name: "DeleteShareGroupOffsetsResponse",
  api: 92,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
    }),
  },
})

/** A decoded DeleteShareGroupOffsets response. */
export type DeleteShareGroupOffsetsResponse = MessageOf<typeof DeleteShareGroupOffsetsResponse>
/** A DeleteShareGroupOffsets response to encode: fields with a default may be left out. */
export type DeleteShareGroupOffsetsReply = ReplyOf<typeof DeleteShareGroupOffsetsResponse>
