/**
 * Removes the access control entries that match filters, and says which they were.
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
export const DeleteAclsRequest = message({
  name: "DeleteAclsRequest",
  api: 31,
  versions: [1, 3],
  flexible: 2,
  fields: {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: 1 }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: 1 }),
      hostFilter: string({ nullable: 1 }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
})

/** A decoded DeleteAcls request. */
export type DeleteAclsRequest = MessageOf<typeof DeleteAclsRequest>
/** A DeleteAcls request to encode: fields with a default may be left out. */
export type DeleteAclsCall = ReplyOf<typeof DeleteAclsRequest>

/** What the broker answers. */
export const DeleteAclsResponse = message({
  name: "DeleteAclsResponse",
  api: 31,
  versions: [1, 3],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: 1 }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
})

/** A decoded DeleteAcls response. */
export type DeleteAclsResponse = MessageOf<typeof DeleteAclsResponse>
/** A DeleteAcls response to encode: fields with a default may be left out. */
export type DeleteAclsReply = ReplyOf<typeof DeleteAclsResponse>
