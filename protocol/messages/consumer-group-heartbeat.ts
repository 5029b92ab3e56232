/**
 * The one request of the new consumer protocol: join, stay, leave, get an assignment (KIP-848).
 * v1 has regular expressions, resolved by the broker.
 */
import {
  array,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
  struct,
  uuid,
} from "../schema.ts"

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
}

/** What a client sends. */
export const ConsumerGroupHeartbeatRequest = message({
  name: "ConsumerGroupHeartbeatRequest",
  api: 68,
  versions: [0, 1],
  flexible: 0,
  fields: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: 0, default: null }),
    rackId: string({ nullable: 0, default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: array(string(), { nullable: 0, default: null }),
    subscribedTopicRegex: string({ since: 1, nullable: 1, default: null }),
    serverAssignor: string({ nullable: 0, default: null }),
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: array(int32()),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded ConsumerGroupHeartbeat request. */
export type ConsumerGroupHeartbeatRequest = MessageOf<typeof ConsumerGroupHeartbeatRequest>
/** A ConsumerGroupHeartbeat request to encode: fields with a default may be left out. */
export type ConsumerGroupHeartbeatCall = ReplyOf<typeof ConsumerGroupHeartbeatRequest>

/** What the broker answers. */
export const ConsumerGroupHeartbeatResponse = message({
  name: "ConsumerGroupHeartbeatResponse",
  api: 68,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    memberId: string({ nullable: 0, default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded ConsumerGroupHeartbeat response. */
export type ConsumerGroupHeartbeatResponse = MessageOf<typeof ConsumerGroupHeartbeatResponse>
/** A ConsumerGroupHeartbeat response to encode: fields with a default may be left out. */
export type ConsumerGroupHeartbeatReply = ReplyOf<typeof ConsumerGroupHeartbeatResponse>
