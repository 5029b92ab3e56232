/**
 * Transactions that this broker coordinates (KIP-664); v1 filters by duration, v2 by pattern.
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
export const ListTransactionsRequest = message({
  name: "ListTransactionsRequest",
  api: 66,
  versions: [0, 2],
  flexible: 0,
  fields: {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: int64({ since: 1, default: -1 }),
    transactionalIdPattern: string({ since: 2, nullable: 2, default: null }),
  },
})

/** A decoded ListTransactions request. */
export type ListTransactionsRequest = MessageOf<typeof ListTransactionsRequest>
/** A ListTransactions request to encode: fields with a default may be left out. */
export type ListTransactionsCall = ReplyOf<typeof ListTransactionsRequest>

/** What the broker answers. */
export const ListTransactionsResponse = message({
  name: "ListTransactionsResponse",
  api: 66,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
})

/** A decoded ListTransactions response. */
export type ListTransactionsResponse = MessageOf<typeof ListTransactionsResponse>
/** A ListTransactions response to encode: fields with a default may be left out. */
export type ListTransactionsReply = ReplyOf<typeof ListTransactionsResponse>
