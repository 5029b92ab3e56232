/**
 * A member of a classic group says that it is alive, and learns of a rebalance. v3 has static
 * members.
 */
import { int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const HeartbeatRequest = message({
  name: "HeartbeatRequest",
  api: 12,
  versions: [0, 4],
  flexible: 4,
  fields: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, default: null }),
  },
})

/** A decoded Heartbeat request. */
export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>
/** A Heartbeat request to encode: fields with a default may be left out. */
export type HeartbeatCall = ReplyOf<typeof HeartbeatRequest>

/** What the broker answers. */
export const HeartbeatResponse = message({
  name: "HeartbeatResponse",
  api: 12,
  versions: [0, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
  },
})

/** A decoded Heartbeat response. */
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>
/** A Heartbeat response to encode: fields with a default may be left out. */
export type HeartbeatReply = ReplyOf<typeof HeartbeatResponse>
