/**
 * Brokers, topics, partitions and their leaders. v0 means all topics by an empty list, later ones
 * by null. v4 allows auto-creation, v7 adds leader epochs, v8 authorised operations (KIP-430),
 * v10 topic ids (KIP-516), v12 topics asked for by id, v13 one error for all (KIP-1102).
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
  uuid,
  ZERO_UUID,
} from "../schema.ts"

/** What a client sends. */
export const MetadataRequest = message({
  name: "MetadataRequest",
  api: 3,
  versions: [0, 13],
  flexible: 9,
  fields: {
    topics: array(
      {
        topicId: uuid({ since: 10, default: ZERO_UUID }),
        name: string({ nullable: 10 }),
      },
      { nullable: 1 },
    ),
    allowAutoTopicCreation: bool({ since: 4, default: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10, default: false }),
    includeTopicAuthorizedOperations: bool({ since: 8, default: false }),
  },
})

/** A decoded Metadata request. */
export type MetadataRequest = MessageOf<typeof MetadataRequest>
/** A Metadata request to encode: fields with a default may be left out. */
export type MetadataCall = ReplyOf<typeof MetadataRequest>

/** What the broker answers. */
export const MetadataResponse = message({
  name: "MetadataResponse",
  api: 3,
  versions: [0, 13],
  flexible: 9,
  fields: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: 1, default: null }),
    }),
    clusterId: string({ since: 2, nullable: 2, default: null }),
    controllerId: int32({ since: 1, default: -1 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: 12 }),
      topicId: uuid({ since: 10, default: ZERO_UUID }),
      isInternal: bool({ since: 1, default: false }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { since: 5, default: [] }),
      }),
      topicAuthorizedOperations: int32({ since: 8, default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ since: 8, until: 10, default: -2147483648 }),
    errorCode: int16({ since: 13, default: 0 }),
  },
})

/** A decoded Metadata response. */
export type MetadataResponse = MessageOf<typeof MetadataResponse>
/** A Metadata response to encode: fields with a default may be left out. */
export type MetadataReply = ReplyOf<typeof MetadataResponse>
