/**
 * Which broker coordinates a group (key type 0), a transaction (1) or a share group (2, v6).
 * v4 asks for many keys at once (KIP-699).
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
export const FindCoordinatorRequest = message({
  name: "FindCoordinatorRequest",
  api: 10,
  versions: [0, 6],
  flexible: 3,
  fields: {
    key: string({ until: 3, default: "" }),
    keyType: int8({ since: 1, default: 0 }),
    coordinatorKeys: array(string(), { since: 4, default: [] }),
  },
})

/** A decoded FindCoordinator request. */
export type FindCoordinatorRequest = MessageOf<typeof FindCoordinatorRequest>
/** A FindCoordinator request to encode: fields with a default may be left out. */
export type FindCoordinatorCall = ReplyOf<typeof FindCoordinatorRequest>

/** What the broker answers. */
export const FindCoordinatorResponse = message({
  name: "FindCoordinatorResponse",
  api: 10,
  versions: [0, 6],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16({ until: 3, default: 0 }),
    errorMessage: string({ since: 1, until: 3, nullable: 1, default: "" }),
    nodeId: int32({ until: 3, default: 0 }),
    host: string({ until: 3, default: "" }),
    port: int32({ until: 3, default: 0 }),
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 4 }),
      },
      { since: 4, default: [] },
    ),
  },
})

/** A decoded FindCoordinator response. */
export type FindCoordinatorResponse = MessageOf<typeof FindCoordinatorResponse>
/** A FindCoordinator response to encode: fields with a default may be left out. */
export type FindCoordinatorReply = ReplyOf<typeof FindCoordinatorResponse>
