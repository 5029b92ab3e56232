/**
 * FindCoordinator, versions 0-6: this broker coordinates every group and every transaction.
 *
 * Left out: share groups (key type 2), which this broker does not serve: INVALID_REQUEST.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  FindCoordinatorReply,
  FindCoordinatorRequest,
} from "../../protocol/messages/find-coordinator.ts"
import type { Context, Handler } from "../context.ts"
import type { Identity } from "../identity.ts"

const KEY_TYPE_GROUP = 0
const KEY_TYPE_TRANSACTION = 1
/** First version that asks for several keys at once. */
const BATCH_VERSION = 4

/** Answers with the address the client dialled. */
export function findCoordinator(
  identity: Identity,
): Handler<FindCoordinatorRequest, FindCoordinatorReply> {
  return (request, context) => {
    const answer = coordinatorFor(request.keyType, identity, context)
    if (context.apiVersion < BATCH_VERSION) return answer
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...answer })) }
  }
}

function coordinatorFor(keyType: number, identity: Identity, context: Context) {
  if (keyType !== KEY_TYPE_GROUP && keyType !== KEY_TYPE_TRANSACTION) {
    const errorMessage = `Coordinators of key type ${keyType} are not served.`
    return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage, nodeId: -1, host: "", port: -1 }
  }
  const endpoint = identity.endpointFor(context.info)
  const found = { errorCode: ErrorCode.NONE, errorMessage: null, nodeId: identity.nodeId }
  return { ...found, ...endpoint }
}
