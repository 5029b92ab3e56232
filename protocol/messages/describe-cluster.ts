/**
 * Brokers, controller and cluster id without topics (KIP-700). v1 can ask for the controllers
 * (KIP-919), v2 shows fenced brokers.
 */
import {
  array,
  bool,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const DescribeClusterRequest = message({
  name: "DescribeClusterRequest",
  api: 60,
  versions: [0, 2],
  flexible: 0,
  fields: {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ since: 1, default: 1 }),
    includeFencedBrokers: bool({ since: 2, default: false }),
  },
})

/** A decoded DescribeCluster request. */
export type DescribeClusterRequest = MessageOf<typeof DescribeClusterRequest>
/** A DescribeCluster request to encode: fields with a default may be left out. */
export type DescribeClusterCall = ReplyOf<typeof DescribeClusterRequest>

/** What the broker answers. */
export const DescribeClusterResponse = message({
  name: "DescribeClusterResponse",
  api: 60,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    endpointType: int8({ since: 1, default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 0, default: null }),
      isFenced: bool({ since: 2, default: false }),
    }),
    clusterAuthorizedOperations: int32({ default: -2147483648 }),
  },
})

/** A decoded DescribeCluster response. */
export type DescribeClusterResponse = MessageOf<typeof DescribeClusterResponse>
/** A DescribeCluster response to encode: fields with a default may be left out. */
export type DescribeClusterReply = ReplyOf<typeof DescribeClusterResponse>
