/**
 * Where share groups stand in their partitions (KIP-932).
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
  uuid,
} from "../schema.ts"

/** What a client sends. */
export const DescribeShareGroupOffsetsRequest = message({
  name: "DescribeShareGroupOffsetsRequest",
  api: 90,
  versions: [0, 1],
  flexible: 0,
  fields: {
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: array(int32()),
        },
        { nullable: 0 },
      ),
    }),
  },
})

/** A decoded DescribeShareGroupOffsets request. */
export type DescribeShareGroupOffsetsRequest = MessageOf<typeof DescribeShareGroupOffsetsRequest>
/** A DescribeShareGroupOffsets request to encode: fields with a default may be left out. */
export type DescribeShareGroupOffsetsCall = ReplyOf<typeof DescribeShareGroupOffsetsRequest>

/** What the broker answers. */
export const DescribeShareGroupOffsetsResponse = message({
  name: "DescribeShareGroupOffsetsResponse",
  api: 90,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64({ since: 1, default: -1 }),
          errorCode: int16(),
          errorMessage: string({ nullable: 0, default: null }),
        }),
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
    }),
  },
})

/** A decoded DescribeShareGroupOffsets response. */
export type DescribeShareGroupOffsetsResponse = MessageOf<typeof DescribeShareGroupOffsetsResponse>
/** A DescribeShareGroupOffsets response to encode: fields with a default may be left out. */
export type DescribeShareGroupOffsetsReply = ReplyOf<typeof DescribeShareGroupOffsetsResponse>
