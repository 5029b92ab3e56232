/**
 * Reads record batches, waiting for some if asked to. v4 has isolation levels, v7 fetch sessions
 * (KIP-227), v11 racks (KIP-392), v12 is flexible and detects divergence (KIP-595), v13 has topic
 * ids (KIP-516), v16 names new leaders (KIP-951), v17 and v18 concern replicas.
 */
import {
  array,
  int8,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  records,
  string,
  struct,
  uuid,
  ZERO_UUID,
} from "../schema.ts"

/** What a client sends. */
export const FetchRequest = message({
  name: "FetchRequest",
  api: 1,
  versions: [4, 18],
  flexible: 12,
  fields: {
    clusterId: string({ since: 12, tag: 0, nullable: 12, default: null }),
    replicaId: int32({ until: 14, default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: int64({ default: -1 }),
      },
      { since: 15, tag: 1, default: {} },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    isolationLevel: int8({ default: 0 }),
    sessionId: int32({ since: 7, default: 0 }),
    sessionEpoch: int32({ since: 7, default: -1 }),
    topics: array({
      topic: string({ until: 12, default: "" }),
      topicId: uuid({ since: 13, default: ZERO_UUID }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1 }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0, default: ZERO_UUID }),
        highWatermark: int64({ since: 18, tag: 1, default: Number.MAX_SAFE_INTEGER }),
      }),
    }),
    forgottenTopicsData: array(
      {
        topic: string({ until: 12, default: "" }),
        topicId: uuid({ since: 13, default: ZERO_UUID }),
        partitions: array(int32()),
      },
      { since: 7, default: [] },
    ),
    rackId: string({ since: 11, default: "" }),
  },
})

/** A decoded Fetch request. */
export type FetchRequest = MessageOf<typeof FetchRequest>
/** A Fetch request to encode: fields with a default may be left out. */
export type FetchCall = ReplyOf<typeof FetchRequest>

/** What the broker answers. */
export const FetchResponse = message({
  name: "FetchResponse",
  api: 1,
  versions: [4, 18],
  flexible: 12,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 7, default: 0 }),
    sessionId: int32({ since: 7, default: 0 }),
    responses: array({
      topic: string({ until: 12, default: "" }),
      topicId: uuid({ since: 13, default: ZERO_UUID }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: int64({ default: -1 }),
          },
          { since: 12, tag: 0, default: {} },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { since: 12, tag: 1, default: {} },
        ),
        snapshotId: struct(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { since: 12, tag: 2, default: {} },
        ),
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullable: 4 },
        ),
        preferredReadReplica: int32({ since: 11, default: -1 }),
        records: records({ nullable: 4 }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 16, default: null }),
      },
      { since: 16, tag: 0, default: [] },
    ),
  },
})

/** A decoded Fetch response. */
export type FetchResponse = MessageOf<typeof FetchResponse>
/** A Fetch response to encode: fields with a default may be left out. */
export type FetchReply = ReplyOf<typeof FetchResponse>
