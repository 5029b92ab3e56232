/**
 * Members leave a group: one until v2, many from v3 (KIP-345), with a reason from v5.
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const LeaveGroupRequest = message({
  name: "LeaveGroupRequest",
  api: 13,
  versions: [0, 5],
  flexible: 4,
  fields: {
    groupId: string(),
    memberId: string({ until: 2, default: "" }),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: 3, default: null }),
        reason: string({ since: 5, nullable: 5, default: null }),
      },
      { since: 3, default: [] },
    ),
  },
})

/** A decoded LeaveGroup request. */
export type LeaveGroupRequest = MessageOf<typeof LeaveGroupRequest>
/** A LeaveGroup request to encode: fields with a default may be left out. */
export type LeaveGroupCall = ReplyOf<typeof LeaveGroupRequest>

/** What the broker answers. */
export const LeaveGroupResponse = message({
  name: "LeaveGroupResponse",
  api: 13,
  versions: [0, 5],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: 3 }),
        errorCode: int16(),
      },
      { since: 3, default: [] },
    ),
  },
})

/** A decoded LeaveGroup response. */
export type LeaveGroupResponse = MessageOf<typeof LeaveGroupResponse>
/** A LeaveGroup response to encode: fields with a default may be left out. */
export type LeaveGroupReply = ReplyOf<typeof LeaveGroupResponse>
