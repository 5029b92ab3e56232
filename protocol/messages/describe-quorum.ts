/**
 * State of the metadata quorum (KIP-595).
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
  uint16,
  uuid,
  ZERO_UUID,
} from "../schema.ts"

const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ since: 2, default: ZERO_UUID }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ since: 1, default: -1 }),
  lastCaughtUpTimestamp: int64({ since: 1, default: -1 }),
}

/** What a client sends. */
export const DescribeQuorumRequest = message({
  name: "DescribeQuorumRequest",
  api: 55,
  versions: [0, 2],
  flexible: 0,
  fields: {
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
})

/** A decoded DescribeQuorum request. */
export type DescribeQuorumRequest = MessageOf<typeof DescribeQuorumRequest>
/** A DescribeQuorum request to encode: fields with a default may be left out. */
export type DescribeQuorumCall = ReplyOf<typeof DescribeQuorumRequest>

/** What the broker answers. */
export const DescribeQuorumResponse = message({
  name: "DescribeQuorumResponse",
  api: 55,
  versions: [0, 2],
  flexible: 0,
  fields: {
    errorCode: int16(),
    errorMessage: string({ since: 2, nullable: 2, default: "" }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ since: 2, nullable: 2, default: "" }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: array(
      {
        nodeId: int32(),
        listeners: array({
          name: string(),
          host: string(),
          port: uint16(),
        }),
      },
      { since: 2, default: [] },
    ),
  },
})

/** A decoded DescribeQuorum response. */
export type DescribeQuorumResponse = MessageOf<typeof DescribeQuorumResponse>
/** A DescribeQuorum response to encode: fields with a default may be left out. */
export type DescribeQuorumReply = ReplyOf<typeof DescribeQuorumResponse>
