/**
 * The leader hands in the assignment, every member takes its own. v3 has static members, v5 names
 * the protocol.
 */
import {
  array,
  bytes,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const SyncGroupRequest = message({
  name: "SyncGroupRequest",
  api: 14,
  versions: [0, 5],
  flexible: 4,
  fields: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, default: null }),
    protocolType: string({ since: 5, nullable: 5, default: null }),
    protocolName: string({ since: 5, nullable: 5, default: null }),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
})

/** A decoded SyncGroup request. */
export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>
/** A SyncGroup request to encode: fields with a default may be left out. */
export type SyncGroupCall = ReplyOf<typeof SyncGroupRequest>

/** What the broker answers. */
export const SyncGroupResponse = message({
  name: "SyncGroupResponse",
  api: 14,
  versions: [0, 5],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: 5, default: null }),
    protocolName: string({ since: 5, nullable: 5, default: null }),
    assignment: bytes(),
  },
})

/** A decoded SyncGroup response. */
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>
/** A SyncGroup response to encode: fields with a default may be left out. */
export type SyncGroupReply = ReplyOf<typeof SyncGroupResponse>
