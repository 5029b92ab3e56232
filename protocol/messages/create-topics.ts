/**
 * Creates topics, or only checks whether it could. v4 has broker defaults for partition count and
 * replication factor (-1), v5 returns the configuration (KIP-525), v7 the topic id.
 */
import {
  array,
  bool,
  int8,
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
export const CreateTopicsRequest = message({
  name: "CreateTopicsRequest",
  api: 19,
  versions: [2, 7],
  flexible: 5,
  fields: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: 2 }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ default: false }),
  },
})

/** A decoded CreateTopics request. */
export type CreateTopicsRequest = MessageOf<typeof CreateTopicsRequest>
/** A CreateTopics request to encode: fields with a default may be left out. */
export type CreateTopicsCall = ReplyOf<typeof CreateTopicsRequest>

/** What the broker answers. */
export const CreateTopicsResponse = message({
  name: "CreateTopicsResponse",
  api: 19,
  versions: [2, 7],
  flexible: 5,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7, default: ZERO_UUID }),
      errorCode: int16(),
      errorMessage: string({ nullable: 2 }),
      topicConfigErrorCode: int16({ since: 5, tag: 0, default: 0 }),
      numPartitions: int32({ since: 5, default: -1 }),
      replicationFactor: int16({ since: 5, default: -1 }),
      configs: array(
        {
          name: string(),
          value: string({ nullable: 5 }),
          readOnly: bool(),
          configSource: int8({ default: -1 }),
          isSensitive: bool(),
        },
        { since: 5, nullable: 5, default: [] },
      ),
    }),
  },
})

/** A decoded CreateTopics response. */
export type CreateTopicsResponse = MessageOf<typeof CreateTopicsResponse>
/** A CreateTopics response to encode: fields with a default may be left out. */
export type CreateTopicsReply = ReplyOf<typeof CreateTopicsResponse>
