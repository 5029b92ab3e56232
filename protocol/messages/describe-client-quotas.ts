/**
 * Quotas of users, client ids and addresses (KIP-546).
 */
import {
  array,
  bool,
  float64,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const DescribeClientQuotasRequest = message({
  name: "DescribeClientQuotasRequest",
  api: 48,
  versions: [0, 1],
  flexible: 1,
  fields: {
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string({ nullable: 0 }),
    }),
    strict: bool(),
  },
})

/** A decoded DescribeClientQuotas request. */
export type DescribeClientQuotasRequest = MessageOf<typeof DescribeClientQuotasRequest>
/** A DescribeClientQuotas request to encode: fields with a default may be left out. */
export type DescribeClientQuotasCall = ReplyOf<typeof DescribeClientQuotasRequest>

/** What the broker answers. */
export const DescribeClientQuotasResponse = message({
  name: "DescribeClientQuotasResponse",
  api: 48,
  versions: [0, 1],
  flexible: 1,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: 0 }),
        }),
        values: array({
          key: string(),
          value: float64(),
        }),
      },
      { nullable: 0 },
    ),
  },
})

/** A decoded DescribeClientQuotas response. */
export type DescribeClientQuotasResponse = MessageOf<typeof DescribeClientQuotasResponse>
/** A DescribeClientQuotas response to encode: fields with a default may be left out. */
export type DescribeClientQuotasReply = ReplyOf<typeof DescribeClientQuotasResponse>
