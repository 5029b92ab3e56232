/**
 * Which users have SCRAM credentials, without the secrets (KIP-554).
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
export const DescribeUserScramCredentialsRequest = message({
  name: "DescribeUserScramCredentialsRequest",
  api: 50,
  versions: [0, 0],
  flexible: 0,
  fields: {
    users: array(
      {
        name: string(),
      },
      { nullable: 0 },
    ),
  },
})

/** A decoded DescribeUserScramCredentials request. */
export type DescribeUserScramCredentialsRequest = MessageOf<
  typeof DescribeUserScramCredentialsRequest
>
/** A DescribeUserScramCredentials request to encode: fields with a default may be left out. */
export type DescribeUserScramCredentialsCall = ReplyOf<typeof DescribeUserScramCredentialsRequest>

/** What the broker answers. */
export const DescribeUserScramCredentialsResponse = message({
  name: "DescribeUserScramCredentialsResponse",
  api: 50,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  },
})

/** A decoded DescribeUserScramCredentials response. */
export type DescribeUserScramCredentialsResponse = MessageOf<
  typeof DescribeUserScramCredentialsResponse
>
/** A DescribeUserScramCredentials response to encode: fields with a default may be left out. */
export type DescribeUserScramCredentialsReply = ReplyOf<typeof DescribeUserScramCredentialsResponse>
