/**
 * Stores consumed offsets as part of a transaction; v3 fences by member and generation (KIP-447).
 */
import {
  array,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const TxnOffsetCommitRequest = message({
  name: "TxnOffsetCommitRequest",
  api: 28,
  versions: [0, 5],
  flexible: 3,
  fields: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ since: 3, default: -1 }),
    memberId: string({ since: 3, default: "" }),
    groupInstanceId: string({ since: 3, nullable: 3, default: null }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 2, default: -1 }),
        committedMetadata: string({ nullable: 0 }),
      }),
    }),
  },
})

/** A decoded TxnOffsetCommit request. */
export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>
/** A TxnOffsetCommit request to encode: fields with a default may be left out. */
export type TxnOffsetCommitCall = ReplyOf<typeof TxnOffsetCommitRequest>

/** What the broker answers. */
export const TxnOffsetCommitResponse = message({
  name: "TxnOffsetCommitResponse",
  api: 28,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})

/** A decoded TxnOffsetCommit response. */
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>
/** A TxnOffsetCommit response to encode: fields with a default may be left out. */
export type TxnOffsetCommitReply = ReplyOf<typeof TxnOffsetCommitResponse>
