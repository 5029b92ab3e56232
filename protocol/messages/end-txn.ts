/**
 * Commits or aborts a transaction; v5 returns the next producer epoch (KIP-890).
 */
import {
  bool,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const EndTxnRequest = message({
  name: "EndTxnRequest",
  api: 26,
  versions: [0, 5],
  flexible: 3,
  fields: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
})

/** A decoded EndTxn request. */
export type EndTxnRequest = MessageOf<typeof EndTxnRequest>
/** A EndTxn request to encode: fields with a default may be left out. */
export type EndTxnCall = ReplyOf<typeof EndTxnRequest>

/** What the broker answers. */
export const EndTxnResponse = message({
  name: "EndTxnResponse",
  api: 26,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ since: 5, default: -1 }),
    producerEpoch: int16({ since: 5, default: -1 }),
  },
})

/** A decoded EndTxn response. */
export type EndTxnResponse = MessageOf<typeof EndTxnResponse>
/** A EndTxn response to encode: fields with a default may be left out. */
export type EndTxnReply = ReplyOf<typeof EndTxnResponse>
