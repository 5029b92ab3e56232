/** Heartbeat of classic groups, versions 0-4: extends the session; tells of a rebalance. */
import type { HeartbeatReply, HeartbeatRequest } from "../../protocol/messages/heartbeat.ts"
import type { Handler } from "../context.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"

/** Makes the handler of Heartbeat. */
export function heartbeat(groups: GroupCoordinator): Handler<HeartbeatRequest, HeartbeatReply> {
  return (request) => ({
    errorCode: groups.heartbeat(request.groupId, request, request.generationId),
  })
}
