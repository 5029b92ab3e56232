/**
 * Replaces the whole configuration of a resource; kept for old clients.
 */
import {
  array,
  bool,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const AlterConfigsRequest = message({
  name: "AlterConfigsRequest",
  api: 33,
  versions: [0, 2],
  flexible: 2,
  fields: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 0 }),
      }),
    }),
    validateOnly: bool(),
  },
})

/** A decoded AlterConfigs request. */
export type AlterConfigsRequest = MessageOf<typeof AlterConfigsRequest>
/** A AlterConfigs request to encode: fields with a default may be left out. */
export type AlterConfigsCall = ReplyOf<typeof AlterConfigsRequest>

/** What the broker answers. */
export const AlterConfigsResponse = message({
  name: "AlterConfigsResponse",
  api: 33,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
})

/** A decoded AlterConfigs response. */
export type AlterConfigsResponse = MessageOf<typeof AlterConfigsResponse>
/** A AlterConfigs response to encode: fields with a default may be left out. */
export type AlterConfigsReply = ReplyOf<typeof AlterConfigsResponse>
