/**
 * Partitions that are moving to other brokers (KIP-455).
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const ListPartitionReassignmentsRequest = message({
  name: "ListPartitionReassignmentsRequest",
  api: 46,
  versions: [0, 0],
  flexible: 0,
  fields: {
    timeoutMs: int32({ default: 60000 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { nullable: 0, default: null },
    ),
  },
})

/** A decoded ListPartitionReassignments request. */
export type ListPartitionReassignmentsRequest = MessageOf<typeof ListPartitionReassignmentsRequest>
/** A ListPartitionReassignments request to encode: fields with a default may be left out. */
export type ListPartitionReassignmentsCall = ReplyOf<typeof ListPartitionReassignmentsRequest>

/** What the broker answers. */
export const ListPartitionReassignmentsResponse = message({
  name: "ListPartitionReassignmentsResponse",
  api: 46,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  },
})

/** A decoded ListPartitionReassignments response. */
export type ListPartitionReassignmentsResponse = MessageOf<
  typeof ListPartitionReassignmentsResponse
>
/** A ListPartitionReassignments response to encode: fields with a default may be left out. */
export type ListPartitionReassignmentsReply = ReplyOf<typeof ListPartitionReassignmentsResponse>
