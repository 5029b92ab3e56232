/**
 * Adds access control entries.
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
export const CreateAclsRequest = message({
  name: "CreateAclsRequest",
  api: 30,
  versions: [1, 3],
  flexible: 2,
  fields: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
})

/** A decoded CreateAcls request. */
export type CreateAclsRequest = MessageOf<typeof CreateAclsRequest>
/** A CreateAcls request to encode: fields with a default may be left out. */
export type CreateAclsCall = ReplyOf<typeof CreateAclsRequest>

/** What the broker answers. */
export const CreateAclsResponse = message({
  name: "CreateAclsResponse",
  api: 30,
  versions: [1, 3],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
    }),
  },
})

/** A decoded CreateAcls response. */
export type CreateAclsResponse = MessageOf<typeof CreateAclsResponse>
/** A CreateAcls response to encode: fields with a default may be left out. */
export type CreateAclsReply = ReplyOf<typeof CreateAclsResponse>
