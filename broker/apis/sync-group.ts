/**
 * SyncGroup, versions 0-5. Parks until the leader has brought the assignments. From version 5 on
 * the client has to say which protocol it follows (KIP-559).
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { SyncGroupReply, SyncGroupRequest } from "../../protocol/messages/sync-group.ts"
import type { Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import { syncAnswer } from "../groups/effects.ts"

/** Makes the handler of SyncGroup. */
export function syncGroup(groups: GroupCoordinator): Handler<SyncGroupRequest, SyncGroupReply> {
  return (request, context) => {
    const { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName } = request
    if (context.apiVersion >= 5 && (protocolType === null || protocolName === null)) {
      return syncAnswer({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL })
    }
    const reply = new Deferred<SyncGroupReply>()
    const assignments = new Map<string, Buffer>()
    for (const entry of request.assignments) {
      assignments.set(entry.memberId, Buffer.from(entry.assignment))
    }
    groups.sync(groupId, {
      ...{ generationId, memberId, groupInstanceId, protocolType, protocolName, assignments },
      waiter: (answer) => reply.resolve(answer),
    })
    return reply
  }
}
