/**
 * Membership of a Kafka Streams process in a streams group (KIP-1071).
 */
import {
  array,
  bool,
  int8,
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

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
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

const status = {
  statusCode: int8(),
  statusDetail: string(),
}

const topicPartition = {
  topic: string(),
  partitions: array(int32()),
}

/** What a client sends. */
export const StreamsGroupHeartbeatRequest = message({
  name: "StreamsGroupHeartbeatRequest",
  api: 88,
  versions: [0, 0],
  flexible: 0,
  fields: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: 0, default: null }),
    rackId: string({ nullable: 0, default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: struct(
      {
        epoch: int32(),
        subtopologies: array({
          subtopologyId: string(),
          sourceTopics: array(string()),
          sourceTopicRegex: array(string()),
          stateChangelogTopics: array(topicInfo),
          repartitionSinkTopics: array(string()),
          repartitionSourceTopics: array(topicInfo),
          copartitionGroups: array({
            sourceTopics: array(int16()),
            sourceTopicRegex: array(int16()),
            repartitionSourceTopics: array(int16()),
          }),
        }),
      },
      { nullable: 0, default: null },
    ),
    activeTasks: array(taskIds, { nullable: 0, default: null }),
    standbyTasks: array(taskIds, { nullable: 0, default: null }),
    warmupTasks: array(taskIds, { nullable: 0, default: null }),
    processId: string({ nullable: 0, default: null }),
    userEndpoint: struct(endpoint, { nullable: 0, default: null }),
    clientTags: array(keyValue, { nullable: 0, default: null }),
    taskOffsets: array(taskOffset, { nullable: 0, default: null }),
    taskEndOffsets: array(taskOffset, { nullable: 0, default: null }),
    shutdownApplication: bool({ default: false }),
  },
})

/** A decoded StreamsGroupHeartbeat request. */
export type StreamsGroupHeartbeatRequest = MessageOf<typeof StreamsGroupHeartbeatRequest>
/** A StreamsGroupHeartbeat request to encode: fields with a default may be left out. */
export type StreamsGroupHeartbeatCall = ReplyOf<typeof StreamsGroupHeartbeatRequest>

/** What the broker answers. */
export const StreamsGroupHeartbeatResponse = message({
  name: "StreamsGroupHeartbeatResponse",
  api: 88,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(status, { nullable: 0 }),
    activeTasks: array(taskIds, { nullable: 0, default: null }),
    standbyTasks: array(taskIds, { nullable: 0, default: null }),
    warmupTasks: array(taskIds, { nullable: 0, default: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: struct(endpoint),
        activePartitions: array(topicPartition),
        standbyPartitions: array(topicPartition),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded StreamsGroupHeartbeat response. */
export type StreamsGroupHeartbeatResponse = MessageOf<typeof StreamsGroupHeartbeatResponse>
/** A StreamsGroupHeartbeat response to encode: fields with a default may be left out. */
export type StreamsGroupHeartbeatReply = ReplyOf<typeof StreamsGroupHeartbeatResponse>
