/**
 * DescribeGroups, versions 0-6. A group that is not there is Dead; from version 6 on that is an
 * error, too (KIP-1043). Only a Stable group shows what its members subscribe to.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DescribeGroupsReply,
  DescribeGroupsRequest,
} from "../../protocol/messages/describe-groups.ts"
import type { Handler } from "../context.ts"
import type { ClassicGroup } from "../groups/classic-group.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import { NO_ASSIGNMENT } from "../groups/effects.ts"
import { metadataFor } from "../groups/members.ts"

type Described = DescribeGroupsReply["groups"][number]

/** Bits of READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS: all that a group has. */
const ALL_GROUP_OPERATIONS = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11)

/** Makes the handler of DescribeGroups. */
export function describeGroups(
  groups: GroupCoordinator,
): Handler<DescribeGroupsRequest, DescribeGroupsReply> {
  return (request, context) => {
    const failure = groups.check()
    const described = request.groups.map((groupId): Described => {
      if (failure !== ErrorCode.NONE) return nothing(groupId, failure)
      const group = groups.find(groupId)
      if (group) return describe(group)
      if (context.apiVersion < 6) return { ...nothing(groupId, ErrorCode.NONE), groupState: "Dead" }
      const refused = nothing(groupId, ErrorCode.GROUP_ID_NOT_FOUND)
      return { ...refused, groupState: "Dead", errorMessage: `Group ${groupId} not found.` }
    })
    if (!request.includeAuthorizedOperations) return { groups: described }
    return {
      groups: described.map((group) =>
        group.errorCode === ErrorCode.NONE
          ? { ...group, authorizedOperations: ALL_GROUP_OPERATIONS }
          : group,
      ),
    }
  }
}

function nothing(groupId: string, errorCode: ErrorCode): Described {
  return { errorCode, groupId, groupState: "", protocolType: "", protocolData: "", members: [] }
}

function describe(group: ClassicGroup): Described {
  const protocolName = group.state === "Stable" ? group.protocolName : null
  return {
    errorCode: ErrorCode.NONE,
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? "",
    protocolData: protocolName ?? "",
    members: Array.from(group.members.all(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocolName === null ? NO_ASSIGNMENT : metadataFor(member, protocolName),
      memberAssignment: member.assignment,
    })),
  }
}
