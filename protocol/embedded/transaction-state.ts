/**
 * Records of the internal topic `__transaction_state`.
 *
 *   key:    type (2) = 0 | fields
 *   value:  version (2) | fields    no value: the transactional id is forgotten
 */
import { array, int8, int16, int32, int64, type MessageOf, message, string } from "../schema.ts"

/** Key of a transaction. */
export const TransactionLogKey = message({
  name: "TransactionLogKey",
  versions: [0, 0],
  fields: {
    transactionalId: string(),
  },
})
/** A decoded one. */
export type TransactionLogKey = MessageOf<typeof TransactionLogKey>

/** A transaction as its coordinator knows it. v1 has producer ids around it as tags (KIP-890). */
export const TransactionLogValue = message({
  name: "TransactionLogValue",
  versions: [0, 1],
  flexible: 1,
  fields: {
    producerId: int64(),
    previousProducerId: int64({ since: 1, tag: 0, default: -1 }),
    nextProducerId: int64({ since: 1, tag: 1, default: -1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ since: 1, tag: 3, default: -1 }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: array(int32()),
      },
      { nullable: 0 },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ since: 1, tag: 2, default: 0 }),
  },
})
/** A decoded one. */
export type TransactionLogValue = MessageOf<typeof TransactionLogValue>
