/**
 * Groups of the new consumer protocol with members and assignments (KIP-848).
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
  struct,
  uuid,
} from "../schema.ts"

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

/** What a client sends. */
export const ConsumerGroupDescribeRequest = message({
  name: "ConsumerGroupDescribeRequest",
  api: 69,
  versions: [0, 1],
  flexible: 0,
  fields: {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
})

/** A decoded ConsumerGroupDescribe request. */
export type ConsumerGroupDescribeRequest = MessageOf<typeof ConsumerGroupDescribeRequest>
/** A ConsumerGroupDescribe request to encode: fields with a default may be left out. */
export type ConsumerGroupDescribeCall = ReplyOf<typeof ConsumerGroupDescribeRequest>

/** What the broker answers. */
export const ConsumerGroupDescribeResponse = message({
  name: "ConsumerGroupDescribeResponse",
  api: 69,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: 0, default: null }),
        rackId: string({ nullable: 0, default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string({ nullable: 0, default: null }),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        memberType: int8({ since: 1, default: -1 }),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
})

/** A decoded ConsumerGroupDescribe response. */
export type ConsumerGroupDescribeResponse = MessageOf<typeof ConsumerGroupDescribeResponse>
/** A ConsumerGroupDescribe response to encode: fields with a default may be left out. */
export type ConsumerGroupDescribeReply = ReplyOf<typeof ConsumerGroupDescribeResponse>
