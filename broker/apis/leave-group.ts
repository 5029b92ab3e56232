/**
 * LeaveGroup, versions 0-5. Up to version 2 a member leaves, from 3 on several may be removed at
 * once, static ones by their instance id alone (KIP-345); from 5 on they may say why (KIP-800).
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { LeaveGroupReply, LeaveGroupRequest } from "../../protocol/messages/leave-group.ts"
import type { Handler } from "../context.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"

/** Makes the handler of LeaveGroup. */
export function leaveGroup(groups: GroupCoordinator): Handler<LeaveGroupRequest, LeaveGroupReply> {
  return (request, context) => {
    const isSingle = context.apiVersion < 3
    const errorCode = groups.checkGroup(request.groupId)
    if (errorCode !== ErrorCode.NONE) return { errorCode, members: [] }
    const members = isSingle ? [onlyMember(request.memberId)] : request.members
    const reason = members.map((member) => member.reason ?? member.memberId).join(", ")
    const errorCodes = groups.leave(request.groupId, members, reason)
    if (isSingle) return { errorCode: errorCodes[0] ?? ErrorCode.NONE, members: [] }
    return {
      errorCode: ErrorCode.NONE,
      members: members.map(({ memberId, groupInstanceId }, index) => ({
        ...{ memberId, groupInstanceId },
        errorCode: errorCodes[index]!,
      })),
    }
  }
}

function onlyMember(memberId: string): LeaveGroupRequest["members"][number] {
  return { memberId, groupInstanceId: null, reason: null }
}
