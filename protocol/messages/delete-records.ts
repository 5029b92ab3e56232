/**
 * Moves the start of a partition's log forward (KIP-107); -1 stands for the high watermark.
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
export const DeleteRecordsRequest = message({
  name: "DeleteRecordsRequest",
  api: 21,
  versions: [0, 2],
  flexible: 2,
  fields: {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  },
})

/** A decoded DeleteRecords request. */
export type DeleteRecordsRequest = MessageOf<typeof DeleteRecordsRequest>
/** A DeleteRecords request to encode: fields with a default may be left out. */
export type DeleteRecordsCall = ReplyOf<typeof DeleteRecordsRequest>

/** What the broker answers. */
export const DeleteRecordsResponse = message({
  name: "DeleteRecordsResponse",
  api: 21,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
})

/** A decoded DeleteRecords response. */
export type DeleteRecordsResponse = MessageOf<typeof DeleteRecordsResponse>
/** A DeleteRecords response to encode: fields with a default may be left out. */
export type DeleteRecordsReply = ReplyOf<typeof DeleteRecordsResponse>
