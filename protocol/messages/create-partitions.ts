/**
 * Raises the number of partitions of topics.
 */
import {
  array,
  bool,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const CreatePartitionsRequest = message({
  name: "CreatePartitionsRequest",
  api: 37,
  versions: [0, 3],
  flexible: 2,
  fields: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: array(
        {
          brokerIds: array(int32()),
        },
        { nullable: 0 },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
})

/** A decoded CreatePartitions request. */
export type CreatePartitionsRequest = MessageOf<typeof CreatePartitionsRequest>
/** A CreatePartitions request to encode: fields with a default may be left out. */
export type CreatePartitionsCall = ReplyOf<typeof CreatePartitionsRequest>

/** What the broker answers. */
export const CreatePartitionsResponse = message({
  name: "CreatePartitionsResponse",
  api: 37,
  versions: [0, 3],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
    }),
  },
})

/** A decoded CreatePartitions response. */
export type CreatePartitionsResponse = MessageOf<typeof CreatePartitionsResponse>
/** A CreatePartitions response to encode: fields with a default may be left out. */
export type CreatePartitionsReply = ReplyOf<typeof CreatePartitionsResponse>
