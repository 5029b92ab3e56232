/**
 * Topics and partitions page by page (KIP-966), also with eligible leader replicas.
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
  struct,
  uuid,
} from "../schema.ts"

/** What a client sends. */
export const DescribeTopicPartitionsRequest = message({
  name: "DescribeTopicPartitionsRequest",
  api: 75,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    cursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded DescribeTopicPartitions request. */
export type DescribeTopicPartitionsRequest = MessageOf<typeof DescribeTopicPartitionsRequest>
/** A DescribeTopicPartitions request to encode: fields with a default may be left out. */
export type DescribeTopicPartitionsCall = ReplyOf<typeof DescribeTopicPartitionsRequest>

/** What the broker answers. */
export const DescribeTopicPartitionsResponse = message({
  name: "DescribeTopicPartitionsResponse",
  api: 75,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: 0 }),
      topicId: uuid(),
      isInternal: bool({ default: false }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        eligibleLeaderReplicas: array(int32(), { nullable: 0, default: null }),
        lastKnownElr: array(int32(), { nullable: 0, default: null }),
        offlineReplicas: array(int32()),
      }),
      topicAuthorizedOperations: int32({ default: -2147483648 }),
    }),
    nextCursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded DescribeTopicPartitions response. */
export type DescribeTopicPartitionsResponse = MessageOf<typeof DescribeTopicPartitionsResponse>
/** A DescribeTopicPartitions response to encode: fields with a default may be left out. */
export type DescribeTopicPartitionsReply = ReplyOf<typeof DescribeTopicPartitionsResponse>
