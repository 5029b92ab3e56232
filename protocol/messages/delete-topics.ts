/**
 * Deletes topics by name or, from v6, by id. v5 has an error text.
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
  ZERO_UUID,
} from "../schema.ts"

/** What a client sends. */
export const DeleteTopicsRequest = message({
  name: "DeleteTopicsRequest",
  api: 20,
  versions: [1, 6],
  flexible: 4,
  fields: {
    topics: array(
      {
        name: string({ nullable: 6, default: null }),
        topicId: uuid(),
      },
      { since: 6, default: [] },
    ),
    topicNames: array(string(), { until: 5, default: [] }),
    timeoutMs: int32(),
  },
})

/** A decoded DeleteTopics request. */
export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>
/** A DeleteTopics request to encode: fields with a default may be left out. */
export type DeleteTopicsCall = ReplyOf<typeof DeleteTopicsRequest>

/** What the broker answers. */
export const DeleteTopicsResponse = message({
  name: "DeleteTopicsResponse",
  api: 20,
  versions: [1, 6],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      name: string({ nullable: 6 }),
      topicId: uuid({ since: 6, default: ZERO_UUID }),
      errorCode: int16(),
      errorMessage: string({ since: 5, nullable: 5, default: null }),
    }),
  },
})

/** A decoded DeleteTopics response. */
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>
/** A DeleteTopics response to encode: fields with a default may be left out. */
export type DeleteTopicsReply = ReplyOf<typeof DeleteTopicsResponse>
