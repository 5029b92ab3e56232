/**
 * Deletes empty groups with their offsets (KIP-229).
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const DeleteGroupsRequest = message({
  name: "DeleteGroupsRequest",
  api: 42,
  versions: [0, 2],
  flexible: 2,
  fields: {
    groupsNames: array(string()),
  },
})

/** A decoded DeleteGroups request. */
export type DeleteGroupsRequest = MessageOf<typeof DeleteGroupsRequest>
/** A DeleteGroups request to encode: fields with a default may be left out. */
export type DeleteGroupsCall = ReplyOf<typeof DeleteGroupsRequest>

/** What the broker answers. */
export const DeleteGroupsResponse = message({
  name: "DeleteGroupsResponse",
  api: 42,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      groupId: string(),
      errorCode: int16(),
    }),
  },
})

/** A decoded DeleteGroups response. */
export type DeleteGroupsResponse = MessageOf<typeof DeleteGroupsResponse>
/** A DeleteGroups response to encode: fields with a default may be left out. */
export type DeleteGroupsReply = ReplyOf<typeof DeleteGroupsResponse>
