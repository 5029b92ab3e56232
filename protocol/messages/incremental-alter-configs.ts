/**
 * Changes single configuration values: set, delete, append, subtract (KIP-339).
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
export const IncrementalAlterConfigsRequest = message({
  name: "IncrementalAlterConfigsRequest",
  api: 44,
  versions: [0, 1],
  flexible: 1,
  fields: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        configOperation: int8(),
        value: string({ nullable: 0 }),
      }),
    }),
    validateOnly: bool(),
  },
})

/** A decoded IncrementalAlterConfigs request. */
export type IncrementalAlterConfigsRequest = MessageOf<typeof IncrementalAlterConfigsRequest>
/** A IncrementalAlterConfigs request to encode: fields with a default may be left out. */
export type IncrementalAlterConfigsCall = ReplyOf<typeof IncrementalAlterConfigsRequest>

/** What the broker answers. */
export const IncrementalAlterConfigsResponse = message({
  name: "IncrementalAlterConfigsResponse",
  api: 44,
  versions: [0, 1],
  flexible: 1,
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

/** A decoded IncrementalAlterConfigs response. */
export type IncrementalAlterConfigsResponse = MessageOf<typeof IncrementalAlterConfigsResponse>
/** A IncrementalAlterConfigs response to encode: fields with a default may be left out. */
export type IncrementalAlterConfigsReply = ReplyOf<typeof IncrementalAlterConfigsResponse>
