/**
 * A producer id and epoch for an idempotent or transactional producer. v3 can hold on to an id it
 * has (KIP-360); v6, two-phase commit (KIP-939), is not final and not served.
 */
import {
  bool,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const InitProducerIdRequest = message({
  name: "InitProducerIdRequest",
  api: 22,
  versions: [0, 6],
  flexible: 2,
  fields: {
    transactionalId: string({ nullable: 0 }),
    transactionTimeoutMs: int32(),
    producerId: int64({ since: 3, default: -1 }),
    producerEpoch: int16({ since: 3, default: -1 }),
    enable2Pc: bool({ since: 6, default: false }),
    keepPreparedTxn: bool({ since: 6, default: false }),
  },
})

/** A decoded InitProducerId request. */
export type InitProducerIdRequest = MessageOf<typeof InitProducerIdRequest>
/** A InitProducerId request to encode: fields with a default may be left out. */
export type InitProducerIdCall = ReplyOf<typeof InitProducerIdRequest>

/** What the broker answers. */
export const InitProducerIdResponse = message({
  name: "InitProducerIdResponse",
  api: 22,
  versions: [0, 6],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ since: 6, default: -1 }),
    ongoingTxnProducerEpoch: int16({ since: 6, default: -1 }),
  },
})

/** A decoded InitProducerId response. */
export type InitProducerIdResponse = MessageOf<typeof InitProducerIdResponse>
/** A InitProducerId response to encode: fields with a default may be left out. */
export type InitProducerIdReply = ReplyOf<typeof InitProducerIdResponse>
