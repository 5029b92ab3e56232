/**
 * Joins a classic consumer group; answered when all members have joined. v4 needs a second try with
 * the member id given (KIP-394), v5 has static members (KIP-345), v8 a reason (KIP-800), v9 tells
 * the leader to skip the assignment (KIP-814).
 */
import {
  array,
  bool,
  bytes,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const JoinGroupRequest = message({
  name: "JoinGroupRequest",
  api: 11,
  versions: [0, 9],
  flexible: 6,
  fields: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, default: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 5, nullable: 5, default: null }),
    protocolType: string(),
    protocols: array({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ since: 8, nullable: 8, default: null }),
  },
})

/** A decoded JoinGroup request. */
export type JoinGroupRequest = MessageOf<typeof JoinGroupRequest>
/** A JoinGroup request to encode: fields with a default may be left out. */
export type JoinGroupCall = ReplyOf<typeof JoinGroupRequest>

/** What the broker answers. */
export const JoinGroupResponse = message({
  name: "JoinGroupResponse",
  api: 11,
  versions: [0, 9],
  flexible: 6,
  fields: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ since: 7, nullable: 7, default: null }),
    protocolName: string({ nullable: 7 }),
    leader: string(),
    skipAssignment: bool({ since: 9, default: false }),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullable: 5, default: null }),
      metadata: bytes(),
    }),
  },
})

/** A decoded JoinGroup response. */
export type JoinGroupResponse = MessageOf<typeof JoinGroupResponse>
/** A JoinGroup response to encode: fields with a default may be left out. */
export type JoinGroupReply = ReplyOf<typeof JoinGroupResponse>
