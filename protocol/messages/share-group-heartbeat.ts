/**
 * Membership in a share group (KIP-932).
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
export const ShareGroupHeartbeatRequest = message({
  name: "ShareGroupHeartbeatRequest",
  api: 76,
  versions: [1, 1],
  flexible: 0,
  fields: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string({ nullable: 1, default: null }),
    subscribedTopicNames: array(string(), { nullable: 1, default: null }),
  },
})

/** A decoded ShareGroupHeartbeat request. */
export type ShareGroupHeartbeatRequest = MessageOf<typeof ShareGroupHeartbeatRequest>
/** A ShareGroupHeartbeat request to encode: fields with a default may be left out. */
export type ShareGroupHeartbeatCall = ReplyOf<typeof ShareGroupHeartbeatRequest>

/** What the broker answers. */
export const ShareGroupHeartbeatResponse = message({
  name: "ShareGroupHeartbeatResponse",
  api: 76,
  versions: [1, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, default: null }),
    memberId: string({ nullable: 1, default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: 1, default: null },
    ),
  },
})

/** A decoded ShareGroupHeartbeat response. */
export type ShareGroupHeartbeatResponse = MessageOf<typeof ShareGroupHeartbeatResponse>
/** A ShareGroupHeartbeat response to encode: fields with a default may be left out. */
export type ShareGroupHeartbeatReply = ReplyOf<typeof ShareGroupHeartbeatResponse>
