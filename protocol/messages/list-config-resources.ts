/**
 * Names of resources that have a configuration; v0 knew client metrics only (KIP-714, KIP-1142).
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
export const ListConfigResourcesRequest = message({
  name: "ListConfigResourcesRequest",
  api: 74,
  versions: [0, 1],
  flexible: 0,
  fields: {
    resourceTypes: array(int8(), { since: 1, default: [] }),
  },
})

/** A decoded ListConfigResources request. */
export type ListConfigResourcesRequest = MessageOf<typeof ListConfigResourcesRequest>
/** A ListConfigResources request to encode: fields with a default may be left out. */
export type ListConfigResourcesCall = ReplyOf<typeof ListConfigResourcesRequest>

/** What the broker answers. */
export const ListConfigResourcesResponse = message({
  name: "ListConfigResourcesResponse",
  api: 74,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ since: 1, default: 16 }),
    }),
  },
})

/** A decoded ListConfigResources response. */
export type ListConfigResourcesResponse = MessageOf<typeof ListConfigResourcesResponse>
/** A ListConfigResources response to encode: fields with a default may be left out. */
export type ListConfigResourcesReply = ReplyOf<typeof ListConfigResourcesResponse>
