/**
 * Acquires records for a member of a share group, and acknowledges others (KIP-932).
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
  records,
  string,
  struct,
  uuid,
} from "../schema.ts"

/** What a client sends. */
export const ShareFetchRequest = message({
  name: "ShareFetchRequest",
  api: 78,
  versions: [1, 2],
  flexible: 0,
  fields: {
    groupId: string({ nullable: 1, default: null }),
    memberId: string({ nullable: 1 }),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: int8({ since: 2, default: 0 }),
    isRenewAck: bool({ since: 2, default: false }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: array(int8()),
        }),
      }),
    }),
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
})

/** A decoded ShareFetch request. */
export type ShareFetchRequest = MessageOf<typeof ShareFetchRequest>
/** A ShareFetch request to encode: fields with a default may be left out. */
export type ShareFetchCall = ReplyOf<typeof ShareFetchRequest>

/** What the broker answers. */
export const ShareFetchResponse = message({
  name: "ShareFetchResponse",
  api: 78,
  versions: [1, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, default: null }),
    acquisitionLockTimeoutMs: int32(),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 1, default: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: 1, default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records(),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 1, default: null }),
    }),
  },
})

/** A decoded ShareFetch response. */
export type ShareFetchResponse = MessageOf<typeof ShareFetchResponse>
/** A ShareFetch response to encode: fields with a default may be left out. */
export type ShareFetchReply = ReplyOf<typeof ShareFetchResponse>
