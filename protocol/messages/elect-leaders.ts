/**
 * Elects leaders: the preferred ones, or from v1 any that is alive (KIP-460).
 */
import {
  array,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const ElectLeadersRequest = message({
  name: "ElectLeadersRequest",
  api: 43,
  versions: [0, 2],
  flexible: 2,
  fields: {
    electionType: int8({ since: 1, default: 0 }),
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: 0 },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
})

/** A decoded ElectLeaders request. */
export type ElectLeadersRequest = MessageOf<typeof ElectLeadersRequest>
/** A ElectLeaders request to encode: fields with a default may be left out. */
export type ElectLeadersCall = ReplyOf<typeof ElectLeadersRequest>

/** What the broker answers. */
export const ElectLeadersResponse = message({
  name: "ElectLeadersResponse",
  api: 43,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 1, default: 0 }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      }),
    }),
  },
})

/** A decoded ElectLeaders response. */
export type ElectLeadersResponse = MessageOf<typeof ElectLeadersResponse>
/** A ElectLeaders response to encode: fields with a default may be left out. */
export type ElectLeadersReply = ReplyOf<typeof ElectLeadersResponse>
