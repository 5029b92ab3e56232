/**
 * Streams groups with topology, members and tasks (KIP-1071).
 */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
  struct,
  uint16,
} from "../schema.ts"

const keyValue = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValue),
}

const endpoint = {
  host: string(),
  port: uint16(),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const assignment = {
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
}

/** What a client sends. */
export const StreamsGroupDescribeRequest = message({
  name: "StreamsGroupDescribeRequest",
  api: 89,
  versions: [0, 0],
  flexible: 0,
  fields: {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
})

/** A decoded StreamsGroupDescribe request. */
export type StreamsGroupDescribeRequest = MessageOf<typeof StreamsGroupDescribeRequest>
/** A StreamsGroupDescribe request to encode: fields with a default may be left out. */
export type StreamsGroupDescribeCall = ReplyOf<typeof StreamsGroupDescribeRequest>

/** What the broker answers. */
export const StreamsGroupDescribeResponse = message({
  name: "StreamsGroupDescribeResponse",
  api: 89,
  versions: [0, 0],
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
      topology: struct(
        {
          epoch: int32(),
          subtopologies: array(
            {
              subtopologyId: string(),
              sourceTopics: array(string()),
              repartitionSinkTopics: array(string()),
              stateChangelogTopics: array(topicInfo),
              repartitionSourceTopics: array(topicInfo),
            },
            { nullable: 0, default: null },
          ),
        },
        { nullable: 0, default: null },
      ),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string({ nullable: 0, default: null }),
        rackId: string({ nullable: 0, default: null }),
        clientId: string(),
        clientHost: string(),
        topologyEpoch: int32(),
        processId: string(),
        userEndpoint: struct(endpoint, { nullable: 0, default: null }),
        clientTags: array(keyValue),
        taskOffsets: array(taskOffset),
        taskEndOffsets: array(taskOffset),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        isClassic: bool(),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
})

/** A decoded StreamsGroupDescribe response. */
export type StreamsGroupDescribeResponse = MessageOf<typeof StreamsGroupDescribeResponse>
/** A StreamsGroupDescribe response to encode: fields with a default may be left out. */
export type StreamsGroupDescribeReply = ReplyOf<typeof StreamsGroupDescribeResponse>
