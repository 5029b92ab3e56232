/**
 * State of transactions by transactional id (KIP-664).
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
export const DescribeTransactionsRequest = message({
  name: "DescribeTransactionsRequest",
  api: 65,
  versions: [0, 0],
  flexible: 0,
  fields: {
    transactionalIds: array(string()),
  },
})

/** A decoded DescribeTransactions request. */
export type DescribeTransactionsRequest = MessageOf<typeof DescribeTransactionsRequest>
/** A DescribeTransactions request to encode: fields with a default may be left out. */
export type DescribeTransactionsCall = ReplyOf<typeof DescribeTransactionsRequest>

/** What the broker answers. */
export const DescribeTransactionsResponse = message({
  name: "DescribeTransactionsResponse",
  api: 65,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  },
})

/** A decoded DescribeTransactions response. */
export type DescribeTransactionsResponse = MessageOf<typeof DescribeTransactionsResponse>
/** A DescribeTransactions response to encode: fields with a default may be left out. */
export type DescribeTransactionsReply = ReplyOf<typeof DescribeTransactionsResponse>
