/** Requests that only the controller answers; it may move between two tries. */
import { ErrorCode } from "../../protocol/errors.ts"
import { answerError, KafkaError } from "../errors.ts"
import type { Cluster, ClusterCall } from "../net/cluster.ts"
import { retry } from "../net/retry.ts"

/** Sends a request to the controller, again after NOT_CONTROLLER, a lost connection, or a quota.
 *  `errors` reads the error codes out of the reply. */
export function onController<Q, R>(
  cluster: Cluster,
  call: ClusterCall<Q, R> & { readonly errors: (reply: R) => readonly number[] },
): Promise<R> {
  return retry(async () => {
    const reply = await sendOnce(cluster, call)
    const codes = call.errors(reply)
    if (codes.includes(ErrorCode.NOT_CONTROLLER)) {
      cluster.refreshSoon([])
      throw answerError(ErrorCode.NOT_CONTROLLER, call.api.name)
    }
    return reply
  }, cluster.retryOptions())
}

/** A request that was lost on the way may have been carried out: it is not sent again blindly. */
async function sendOnce<Q, R>(cluster: Cluster, call: ClusterCall<Q, R>): Promise<R> {
  const connection = await cluster.connection("controller", "main")
  try {
    return await cluster.callOn(connection, call)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const message = `${error.message} Whether ${call.api.name} was carried out is not known.`
    const { code, broker } = error
    throw new KafkaError(code, message, { retriable: false, broker, cause: error })
  }
}
