/**
 * Producers that a partition remembers (KIP-664).
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
export const DescribeProducersRequest = message({
  name: "DescribeProducersRequest",
  api: 61,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  },
})

/** A decoded DescribeProducers request. */
export type DescribeProducersRequest = MessageOf<typeof DescribeProducersRequest>
/** A DescribeProducers request to encode: fields with a default may be left out. */
export type DescribeProducersCall = ReplyOf<typeof DescribeProducersRequest>

/** What the broker answers. */
export const DescribeProducersResponse = message({
  name: "DescribeProducersResponse",
  api: 61,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1 }),
        }),
      }),
    }),
  },
})

/** A decoded DescribeProducers response. */
export type DescribeProducersResponse = MessageOf<typeof DescribeProducersResponse>
/** A DescribeProducers response to encode: fields with a default may be left out. */
export type DescribeProducersReply = ReplyOf<typeof DescribeProducersResponse>
