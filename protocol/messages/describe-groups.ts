/**
 * State and members of classic groups. v3 has authorised operations, v4 static members, v6 an
 * error text and GROUP_ID_NOT_FOUND (KIP-1043).
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
export const DescribeGroupsRequest = message({
  name: "DescribeGroupsRequest",
  api: 15,
  versions: [0, 6],
  flexible: 5,
  fields: {
    groups: array(string()),
    includeAuthorizedOperations: bool({ since: 3, default: false }),
  },
})

/** A decoded DescribeGroups request. */
export type DescribeGroupsRequest = MessageOf<typeof DescribeGroupsRequest>
/** A DescribeGroups request to encode: fields with a default may be left out. */
export type DescribeGroupsCall = ReplyOf<typeof DescribeGroupsRequest>

/** What the broker answers. */
export const DescribeGroupsResponse = message({
  name: "DescribeGroupsResponse",
  api: 15,
  versions: [0, 6],
  flexible: 5,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ since: 6, nullable: 6, default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 4, nullable: 4, default: null }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ since: 3, default: -2147483648 }),
    }),
  },
})

/** A decoded DescribeGroups response. */
export type DescribeGroupsResponse = MessageOf<typeof DescribeGroupsResponse>
/** A DescribeGroups response to encode: fields with a default may be left out. */
export type DescribeGroupsReply = ReplyOf<typeof DescribeGroupsResponse>
