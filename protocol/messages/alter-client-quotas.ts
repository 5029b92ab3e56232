/**
 * Sets and removes quotas (KIP-546).
 */
import {
  array,
  bool,
  float64,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const AlterClientQuotasRequest = message({
  name: "AlterClientQuotasRequest",
  api: 49,
  versions: [0, 1],
  flexible: 1,
  fields: {
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string({ nullable: 0 }),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  },
})

/** A decoded AlterClientQuotas request. */
export type AlterClientQuotasRequest = MessageOf<typeof AlterClientQuotasRequest>
/** A AlterClientQuotas request to encode: fields with a default may be left out. */
export type AlterClientQuotasCall = ReplyOf<typeof AlterClientQuotasRequest>

/** What the broker answers. */
export const AlterClientQuotasResponse = message({
  name: "AlterClientQuotasResponse",
  api: 49,
  versions: [0, 1],
  flexible: 1,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: 0 }),
      }),
    }),
  },
})

/** A decoded AlterClientQuotas response. */
export type AlterClientQuotasResponse = MessageOf<typeof AlterClientQuotasResponse>
/** A AlterClientQuotas response to encode: fields with a default may be left out. */
export type AlterClientQuotasReply = ReplyOf<typeof AlterClientQuotasResponse>
