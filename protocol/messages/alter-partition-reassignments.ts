/**
 * Starts or cancels moving partitions to other brokers (KIP-455).
 */
import {
  array,
  bool,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const AlterPartitionReassignmentsRequest = message({
  name: "AlterPartitionReassignmentsRequest",
  api: 45,
  versions: [0, 1],
  flexible: 0,
  fields: {
    timeoutMs: int32({ default: 60000 }),
    allowReplicationFactorChange: bool({ since: 1, default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32(), { nullable: 0, default: null }),
      }),
    }),
  },
})

/** A decoded AlterPartitionReassignments request. */
export type AlterPartitionReassignmentsRequest = MessageOf<
  typeof AlterPartitionReassignmentsRequest
>
/** A AlterPartitionReassignments request to encode: fields with a default may be left out. */
export type AlterPartitionReassignmentsCall = ReplyOf<typeof AlterPartitionReassignmentsRequest>

/** What the broker answers. */
export const AlterPartitionReassignmentsResponse = message({
  name: "AlterPartitionReassignmentsResponse",
  api: 45,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    allowReplicationFactorChange: bool({ since: 1, default: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      }),
    }),
  },
})

/** A decoded AlterPartitionReassignments response. */
export type AlterPartitionReassignmentsResponse = MessageOf<
  typeof AlterPartitionReassignmentsResponse
>
/** A AlterPartitionReassignments response to encode: fields with a default may be left out. */
export type AlterPartitionReassignmentsReply = ReplyOf<typeof AlterPartitionReassignmentsResponse>
