/**
 * Adds a group's offsets to a transaction.
 */
import { int16, int32, int64, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const AddOffsetsToTxnRequest = message({
  name: "AddOffsetsToTxnRequest",
  api: 25,
  versions: [0, 4],
  flexible: 3,
  fields: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
})

/** A decoded AddOffsetsToTxn request. */
export type AddOffsetsToTxnRequest = MessageOf<typeof AddOffsetsToTxnRequest>
/** A AddOffsetsToTxn request to encode: fields with a default may be left out. */
export type AddOffsetsToTxnCall = ReplyOf<typeof AddOffsetsToTxnRequest>

/** What the broker answers. */
export const AddOffsetsToTxnResponse = message({
  name: "AddOffsetsToTxnResponse",
  api: 25,
  versions: [0, 4],
  flexible: 3,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
  },
})

/** A decoded AddOffsetsToTxn response. */
export type AddOffsetsToTxnResponse = MessageOf<typeof AddOffsetsToTxnResponse>
/** A AddOffsetsToTxn response to encode: fields with a default may be left out. */
export type AddOffsetsToTxnReply = ReplyOf<typeof AddOffsetsToTxnResponse>
