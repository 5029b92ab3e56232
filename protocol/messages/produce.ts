/**
 * Appends record batches. From v3 batches have magic 2; v8 adds errors per record (KIP-467), v9 is
 * flexible, v10 names the new leader in the answer (KIP-951), v11 and v12 belong to transactions
 * (KIP-890), v13 names topics by id (KIP-516). With acks 0 there is no answer.
 */
import {
  array,
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
export const ProduceRequest = message({
  name: "ProduceRequest",
  api: 0,
  versions: [3, 13],
  flexible: 9,
  fields: {
    transactionalId: string({ nullable: 3, default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ until: 12, default: "" }),
      topicId: uuid({ since: 13, default: ZERO_UUID }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: 3 }),
      }),
    }),
  },
})

/** A decoded Produce request. */
export type ProduceRequest = MessageOf<typeof ProduceRequest>
/** A Produce request to encode: fields with a default may be left out. */
export type ProduceCall = ReplyOf<typeof ProduceRequest>

/** What the broker answers. */
export const ProduceResponse = message({
  name: "ProduceResponse",
  api: 0,
  versions: [3, 13],
  flexible: 9,
  fields: {
    responses: array({
      name: string({ until: 12, default: "" }),
      topicId: uuid({ since: 13, default: ZERO_UUID }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        recordErrors: array(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullable: 8, default: null }),
          },
          { since: 8, default: [] },
        ),
        errorMessage: string({ since: 8, nullable: 8, default: null }),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { since: 10, tag: 0, default: {} },
        ),
      }),
    }),
    throttleTimeMs: int32({ default: 0 }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 10, default: null }),
      },
      { since: 10, tag: 0, default: [] },
    ),
  },
})

/** A decoded Produce response. */
export type ProduceResponse = MessageOf<typeof ProduceResponse>
/** A Produce response to encode: fields with a default may be left out. */
export type ProduceReply = ReplyOf<typeof ProduceResponse>
