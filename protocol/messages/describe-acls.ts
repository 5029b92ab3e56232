/**
 * Access control entries that match a filter.
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
export const DescribeAclsRequest = message({
  name: "DescribeAclsRequest",
  api: 29,
  versions: [1, 3],
  flexible: 2,
  fields: {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: 1 }),
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: 1 }),
    hostFilter: string({ nullable: 1 }),
    operation: int8(),
    permissionType: int8(),
  },
})

/** A decoded DescribeAcls request. */
export type DescribeAclsRequest = MessageOf<typeof DescribeAclsRequest>
/** A DescribeAcls request to encode: fields with a default may be left out. */
export type DescribeAclsCall = ReplyOf<typeof DescribeAclsRequest>

/** What the broker answers. */
export const DescribeAclsResponse = message({
  name: "DescribeAclsResponse",
  api: 29,
  versions: [1, 3],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 1 }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
})

/** A decoded DescribeAcls response. */
export type DescribeAclsResponse = MessageOf<typeof DescribeAclsResponse>
/** A DescribeAcls response to encode: fields with a default may be left out. */
export type DescribeAclsReply = ReplyOf<typeof DescribeAclsResponse>
