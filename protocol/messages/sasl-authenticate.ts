/**
 * Carries the bytes of a SASL mechanism; v1 says how long the session lives (KIP-368).
 */
import { bytes, int16, int64, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const SaslAuthenticateRequest = message({
  name: "SaslAuthenticateRequest",
  api: 36,
  versions: [0, 2],
  flexible: 2,
  fields: {
    authBytes: bytes(),
  },
})

/** A decoded SaslAuthenticate request. */
export type SaslAuthenticateRequest = MessageOf<typeof SaslAuthenticateRequest>
/** A SaslAuthenticate request to encode: fields with a default may be left out. */
export type SaslAuthenticateCall = ReplyOf<typeof SaslAuthenticateRequest>

/** What the broker answers. */
export const SaslAuthenticateResponse = message({
  name: "SaslAuthenticateResponse",
  api: 36,
  versions: [0, 2],
  flexible: 2,
  fields: {
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ since: 1, default: 0 }),
  },
})

/** A decoded SaslAuthenticate response. */
export type SaslAuthenticateResponse = MessageOf<typeof SaslAuthenticateResponse>
/** A SaslAuthenticate response to encode: fields with a default may be left out. */
export type SaslAuthenticateReply = ReplyOf<typeof SaslAuthenticateResponse>
