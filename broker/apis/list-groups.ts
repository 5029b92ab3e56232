/** ListGroups, versions 0-5. Filters by state (KIP-518) and type ignore case, as Kafka's do. */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ListGroupsReply, ListGroupsRequest } from "../../protocol/messages/list-groups.ts"
import type { Handler } from "../context.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"

const GROUP_TYPE = "classic"

/** Makes the handler of ListGroups. */
export function listGroups(groups: GroupCoordinator): Handler<ListGroupsRequest, ListGroupsReply> {
  return (request) => {
    const errorCode = groups.check()
    if (errorCode !== ErrorCode.NONE) return { errorCode, groups: [] }
    const states = new Set(request.statesFilter.map((state) => state.toLowerCase()))
    const types = new Set(request.typesFilter.map((type) => type.toLowerCase()))
    const listed: ListGroupsReply["groups"][number][] = []
    if (types.size > 0 && !types.has(GROUP_TYPE)) return { errorCode, groups: listed }
    for (const group of groups.groups()) {
      if (states.size > 0 && !states.has(group.state.toLowerCase())) continue
      listed.push({
        groupId: group.id,
        protocolType: group.protocolType ?? "",
        groupState: group.state,
        groupType: GROUP_TYPE,
      })
    }
    return { errorCode, groups: listed }
  }
}
