/**
 * Names the SASL mechanism; v1 is followed by SaslAuthenticate frames (KIP-152). Never flexible.
 */
import { array, int16, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const SaslHandshakeRequest = message({
  name: "SaslHandshakeRequest",
  api: 17,
  versions: [0, 1],
  fields: {
    mechanism: string(),
  },
})

/** A decoded SaslHandshake request. */
export type SaslHandshakeRequest = MessageOf<typeof SaslHandshakeRequest>
/** A SaslHandshake request to encode: fields with a default may be left out. */
export type SaslHandshakeCall = ReplyOf<typeof SaslHandshakeRequest>

/** What the broker answers. */
export const SaslHandshakeResponse = message({
  name: "SaslHandshakeResponse",
  api: 17,
  versions: [0, 1],
  fields: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
})

/** A decoded SaslHandshake response. */
export type SaslHandshakeResponse = MessageOf<typeof SaslHandshakeResponse>
/** A SaslHandshake response to encode: fields with a default may be left out. */
export type SaslHandshakeReply = ReplyOf<typeof SaslHandshakeResponse>
