/**
 * Sizes of replicas in each data directory; v4 has free space (KIP-827), v5 cordoned directories.
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

/** What a client sends. */
export const DescribeLogDirsRequest = message({
  name: "DescribeLogDirsRequest",
  api: 35,
  versions: [1, 5],
  flexible: 2,
  fields: {
    topics: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: 1 },
    ),
  },
})

/** A decoded DescribeLogDirs request. */
export type DescribeLogDirsRequest = MessageOf<typeof DescribeLogDirsRequest>
/** A DescribeLogDirs request to encode: fields with a default may be left out. */
export type DescribeLogDirsCall = ReplyOf<typeof DescribeLogDirsRequest>

/** What the broker answers. */
export const DescribeLogDirsResponse = message({
  name: "DescribeLogDirsResponse",
  api: 35,
  versions: [1, 5],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 3, default: 0 }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ since: 4, default: -1 }),
      usableBytes: int64({ since: 4, default: -1 }),
      isCordoned: bool({ since: 5, default: false }),
    }),
  },
})

/** A decoded DescribeLogDirs response. */
export type DescribeLogDirsResponse = MessageOf<typeof DescribeLogDirsResponse>
/** A DescribeLogDirs response to encode: fields with a default may be left out. */
export type DescribeLogDirsReply = ReplyOf<typeof DescribeLogDirsResponse>
