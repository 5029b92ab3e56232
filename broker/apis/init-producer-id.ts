/**
 * InitProducerId, versions 0-5: an id for an idempotent producer. As in Kafka a producer without
 * transactional id always gets a new one, whatever it says it had.
 *
 * Left out: transactions. A transactional id is answered UNSUPPORTED_VERSION, which clients take
 * as final: they report it instead of trying again.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  InitProducerIdReply,
  InitProducerIdRequest,
} from "../../protocol/messages/init-producer-id.ts"
import type { Handler } from "../context.ts"
import type { NextProducerId, ProducerIds } from "../transactions/producer-ids.ts"
import { errorCodeOf } from "./failures.ts"

const NONE = -1

/** Answers at once while the reserved block of ids lasts. */
export function initProducerId(
  producerIds: ProducerIds,
): Handler<InitProducerIdRequest, InitProducerIdReply> {
  return (request) => {
    const { transactionalId, producerId, producerEpoch } = request
    if (transactionalId === "") return refused(ErrorCode.INVALID_REQUEST)
    if ((producerId === NONE) !== (producerEpoch === NONE))
      return refused(ErrorCode.INVALID_REQUEST)
    if (transactionalId !== null) return refused(ErrorCode.UNSUPPORTED_VERSION)
    const next = producerIds.next()
    return next instanceof Promise ? next.then(reply) : reply(next)
  }
}

function reply(next: NextProducerId): InitProducerIdReply {
  if (!next.ok) return refused(errorCodeOf(next.reason))
  const { producerId } = next
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 }
}

function refused(errorCode: number): InitProducerIdReply {
  return { throttleTimeMs: 0, errorCode, producerId: NONE, producerEpoch: NONE }
}
