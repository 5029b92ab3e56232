/**
 * Share groups with members and assignments (KIP-932).
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

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

/** What a client sends. */
export const ShareGroupDescribeRequest = message({
  name: "ShareGroupDescribeRequest",
  api: 77,
  versions: [1, 1],
  flexible: 0,
  fields: {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
})

/** A decoded ShareGroupDescribe request. */
export type ShareGroupDescribeRequest = MessageOf<typeof ShareGroupDescribeRequest>
/** A ShareGroupDescribe request to encode: fields with a default may be left out. */
export type ShareGroupDescribeCall = ReplyOf<typeof ShareGroupDescribeRequest>

/** What the broker answers. */
export const ShareGroupDescribeResponse = message({
  name: "ShareGroupDescribeResponse",
  api: 77,
  versions: [1, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1, default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        rackId: string({ nullable: 1, default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        assignment: struct(assignment),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
})

/** A decoded ShareGroupDescribe response. */
export type ShareGroupDescribeResponse = MessageOf<typeof ShareGroupDescribeResponse>
/** A ShareGroupDescribe response to encode: fields with a default may be left out. */
export type ShareGroupDescribeReply = ReplyOf<typeof ShareGroupDescribeResponse>
