/**
 * Sets and removes SCRAM credentials of users (KIP-554).
 */
import {
  array,
  bytes,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const AlterUserScramCredentialsRequest = message({
  name: "AlterUserScramCredentialsRequest",
  api: 51,
  versions: [0, 0],
  flexible: 0,
  fields: {
    deletions: array({
      name: string(),
      mechanism: int8(),
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  },
})

/** A decoded AlterUserScramCredentials request. */
export type AlterUserScramCredentialsRequest = MessageOf<typeof AlterUserScramCredentialsRequest>
/** A AlterUserScramCredentials request to encode: fields with a default may be left out. */
export type AlterUserScramCredentialsCall = ReplyOf<typeof AlterUserScramCredentialsRequest>

/** What the broker answers. */
export const AlterUserScramCredentialsResponse = message({
  name: "AlterUserScramCredentialsResponse",
  api: 51,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
    }),
  },
})

/** A decoded AlterUserScramCredentials response. */
export type AlterUserScramCredentialsResponse = MessageOf<typeof AlterUserScramCredentialsResponse>
/** A AlterUserScramCredentials response to encode: fields with a default may be left out. */
export type AlterUserScramCredentialsReply = ReplyOf<typeof AlterUserScramCredentialsResponse>
