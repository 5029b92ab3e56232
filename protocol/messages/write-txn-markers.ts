/**
 * The transaction coordinator has control batches written that end a transaction.
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
} from "../schema.ts"

/** What a client sends. */
export const WriteTxnMarkersRequest = message({
  name: "WriteTxnMarkersRequest",
  api: 27,
  versions: [1, 2],
  flexible: 1,
  fields: {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ since: 2, default: 0 }),
    }),
  },
})

/** A decoded WriteTxnMarkers request. */
export type WriteTxnMarkersRequest = MessageOf<typeof WriteTxnMarkersRequest>
/** A WriteTxnMarkers request to encode: fields with a default may be left out. */
export type WriteTxnMarkersCall = ReplyOf<typeof WriteTxnMarkersRequest>

/** What the broker answers. */
export const WriteTxnMarkersResponse = message({
  name: "WriteTxnMarkersResponse",
  api: 27,
  versions: [1, 2],
  flexible: 1,
  fields: {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
})

/** A decoded WriteTxnMarkers response. */
export type WriteTxnMarkersResponse = MessageOf<typeof WriteTxnMarkersResponse>
/** A WriteTxnMarkers response to encode: fields with a default may be left out. */
export type WriteTxnMarkersReply = ReplyOf<typeof WriteTxnMarkersResponse>
