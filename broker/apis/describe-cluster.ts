/**
 * DescribeCluster, versions 0-2: this broker, which is the whole cluster and its controller.
 * Controllers cannot be asked for: no client needs to reach one here.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DescribeClusterReply,
  DescribeClusterRequest,
} from "../../protocol/messages/describe-cluster.ts"
import type { Handler } from "../context.ts"
import type { Identity } from "../identity.ts"
import { ALL_CLUSTER_OPERATIONS } from "./metadata.ts"

const BROKERS = 1
const CONTROLLERS = 2
/** "Not asked for", in the field of authorized operations. */
const NOT_ASKED = -2147483648

/** Answers from memory. */
export function describeCluster(
  identity: Identity,
): Handler<DescribeClusterRequest, DescribeClusterReply> {
  return (request, context) => {
    const { endpointType } = request
    if (endpointType !== BROKERS) return refused(endpointType)
    const { nodeId, clusterId, rack } = identity
    const endpoint = identity.endpointFor(context.info)
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      endpointType,
      clusterId,
      controllerId: nodeId,
      brokers: [{ brokerId: nodeId, ...endpoint, rack, isFenced: false }],
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? ALL_CLUSTER_OPERATIONS
        : NOT_ASKED,
    }
  }
}

function refused(endpointType: number): DescribeClusterReply {
  const isController = endpointType === CONTROLLERS
  return {
    throttleTimeMs: 0,
    errorCode: isController
      ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
      : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
    errorMessage: isController
      ? "The request was sent to an endpoint of type BROKER, but CONTROLLER was wanted"
      : `Unsupported endpoint type ${endpointType}`,
    clusterId: "",
    brokers: [],
  }
}
