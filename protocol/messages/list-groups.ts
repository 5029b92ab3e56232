/**
 * Groups that this broker coordinates; filtered by state from v4 (KIP-518), by type from v5.
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const ListGroupsRequest = message({
  name: "ListGroupsRequest",
  api: 16,
  versions: [0, 5],
  flexible: 3,
  fields: {
    statesFilter: array(string(), { since: 4, default: [] }),
    typesFilter: array(string(), { since: 5, default: [] }),
  },
})

/** A decoded ListGroups request. */
export type ListGroupsRequest = MessageOf<typeof ListGroupsRequest>
/** A ListGroups request to encode: fields with a default may be left out. */
export type ListGroupsCall = ReplyOf<typeof ListGroupsRequest>

/** What the broker answers. */
export const ListGroupsResponse = message({
  name: "ListGroupsResponse",
  api: 16,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4, default: "" }),
      groupType: string({ since: 5, default: "" }),
    }),
  },
})

/** A decoded ListGroups response. */
export type ListGroupsResponse = MessageOf<typeof ListGroupsResponse>
/** A ListGroups response to encode: fields with a default may be left out. */
export type ListGroupsReply = ReplyOf<typeof ListGroupsResponse>
