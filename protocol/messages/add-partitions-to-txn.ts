/**
 * Adds partitions to a transaction; from v4 a broker may verify or add for several (KIP-890).
 */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

const addPartitionsToTxnTopic = {
  name: string(),
  partitions: array(int32()),
}

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
}

const addPartitionsToTxnTopicResult = {
  name: string(),
  resultsByPartition: array(addPartitionsToTxnPartitionResult),
}

/** What a client sends. */
export const AddPartitionsToTxnRequest = message({
  name: "AddPartitionsToTxnRequest",
  api: 24,
  versions: [0, 5],
  flexible: 3,
  fields: {
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: bool({ default: false }),
        topics: array(addPartitionsToTxnTopic),
      },
      { since: 4, default: [] },
    ),
    v3AndBelowTransactionalId: string({ until: 3, default: "" }),
    v3AndBelowProducerId: int64({ until: 3, default: 0 }),
    v3AndBelowProducerEpoch: int16({ until: 3, default: 0 }),
    v3AndBelowTopics: array(addPartitionsToTxnTopic, { until: 3, default: [] }),
  },
})

/** A decoded AddPartitionsToTxn request. */
export type AddPartitionsToTxnRequest = MessageOf<typeof AddPartitionsToTxnRequest>
/** A AddPartitionsToTxn request to encode: fields with a default may be left out. */
export type AddPartitionsToTxnCall = ReplyOf<typeof AddPartitionsToTxnRequest>

/** What the broker answers. */
export const AddPartitionsToTxnResponse = message({
  name: "AddPartitionsToTxnResponse",
  api: 24,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 4, default: 0 }),
    resultsByTransaction: array(
      {
        transactionalId: string(),
        topicResults: array(addPartitionsToTxnTopicResult),
      },
      { since: 4, default: [] },
    ),
    resultsByTopicV3AndBelow: array(addPartitionsToTxnTopicResult, { until: 3, default: [] }),
  },
})

/** A decoded AddPartitionsToTxn response. */
export type AddPartitionsToTxnResponse = MessageOf<typeof AddPartitionsToTxnResponse>
/** A AddPartitionsToTxn response to encode: fields with a default may be left out. */
export type AddPartitionsToTxnReply = ReplyOf<typeof AddPartitionsToTxnResponse>
