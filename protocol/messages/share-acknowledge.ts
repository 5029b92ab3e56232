/**
 * Acknowledges records that a member of a share group has acquired (KIP-932).
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
  uuid,
} from "../schema.ts"

/** What a client sends. */
export const ShareAcknowledgeRequest = message({
  name: "ShareAcknowledgeRequest",
  api: 79,
  versions: [1, 2],
  flexible: 0,
  fields: {
    groupId: string({ nullable: 1, default: null }),
    memberId: string({ nullable: 1 }),
    shareSessionEpoch: int32(),
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
  },
})

/** A decoded ShareAcknowledge request. */
export type ShareAcknowledgeRequest = MessageOf<typeof ShareAcknowledgeRequest>
/** A ShareAcknowledge request to encode: fields with a default may be left out. */
export type ShareAcknowledgeCall = ReplyOf<typeof ShareAcknowledgeRequest>

/** What the broker answers. */
export const ShareAcknowledgeResponse = message({
  name: "ShareAcknowledgeResponse",
  api: 79,
  versions: [1, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, default: null }),
    acquisitionLockTimeoutMs: int32({ since: 2, default: 0 }),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 1, default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
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

/** A decoded ShareAcknowledge response. */
export type ShareAcknowledgeResponse = MessageOf<typeof ShareAcknowledgeResponse>
/** A ShareAcknowledge response to encode: fields with a default may be left out. */
export type ShareAcknowledgeReply = ReplyOf<typeof ShareAcknowledgeResponse>
