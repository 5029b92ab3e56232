/**
 * Reads committed offsets. v2 can ask for all topics by null, v5 has leader epochs, v7 waits for
 * open transactions, v8 asks for several groups (KIP-709), v9 has member epochs, v10 topic ids.
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
  uuid,
  ZERO_UUID,
} from "../schema.ts"

/** What a client sends. */
export const OffsetFetchRequest = message({
  name: "OffsetFetchRequest",
  api: 9,
  versions: [1, 10],
  flexible: 6,
  fields: {
    groupId: string({ until: 7, default: "" }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { until: 7, nullable: 2, default: [] },
    ),
    groups: array(
      {
        groupId: string(),
        memberId: string({ since: 9, nullable: 9, default: null }),
        memberEpoch: int32({ since: 9, default: -1 }),
        topics: array(
          {
            name: string({ until: 9, default: "" }),
            topicId: uuid({ since: 10, default: ZERO_UUID }),
            partitionIndexes: array(int32()),
          },
          { nullable: 8 },
        ),
      },
      { since: 8, default: [] },
    ),
    requireStable: bool({ since: 7, default: false }),
  },
})

/** A decoded OffsetFetch request. */
export type OffsetFetchRequest = MessageOf<typeof OffsetFetchRequest>
/** A OffsetFetch request to encode: fields with a default may be left out. */
export type OffsetFetchCall = ReplyOf<typeof OffsetFetchRequest>

/** What the broker answers. */
export const OffsetFetchResponse = message({
  name: "OffsetFetchResponse",
  api: 9,
  versions: [1, 10],
  flexible: 6,
  fields: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: array(
      {
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ since: 5, default: -1 }),
          metadata: string({ nullable: 1 }),
          errorCode: int16(),
        }),
      },
      { until: 7, default: [] },
    ),
    errorCode: int16({ since: 2, until: 7, default: 0 }),
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ until: 9, default: "" }),
          topicId: uuid({ since: 10, default: ZERO_UUID }),
          partitions: array({
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: int32({ default: -1 }),
            metadata: string({ nullable: 8 }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16({ default: 0 }),
      },
      { since: 8, default: [] },
    ),
  },
})

/** A decoded OffsetFetch response. */
export type OffsetFetchResponse = MessageOf<typeof OffsetFetchResponse>
/** A OffsetFetch response to encode: fields with a default may be left out. */
export type OffsetFetchReply = ReplyOf<typeof OffsetFetchResponse>
