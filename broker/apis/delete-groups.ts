/** DeleteGroups, versions 0-2: empty groups and their offsets (KIP-229). */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DeleteGroupsReply,
  DeleteGroupsRequest,
} from "../../protocol/messages/delete-groups.ts"
import type { Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import { afterAll } from "../groups/after-all.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"

/** Makes the handler of DeleteGroups. */
export function deleteGroups(
  groups: GroupCoordinator,
): Handler<DeleteGroupsRequest, DeleteGroupsReply> {
  return (request) => {
    const groupIds = [...new Set(request.groupsNames)]
    const failure = groups.check()
    if (failure !== ErrorCode.NONE) {
      return { results: groupIds.map((groupId) => ({ groupId, errorCode: failure })) }
    }
    const reply = new Deferred<DeleteGroupsReply>()
    const results = groupIds.map((groupId) => ({ groupId, errorCode: ErrorCode.NONE as ErrorCode }))
    const oneIsDone = afterAll(results.length, () => reply.resolve({ results }))
    for (const result of results) {
      groups.remove(result.groupId, (errorCode) => {
        result.errorCode = errorCode
        oneIsDone()
      })
    }
    return reply
  }
}
