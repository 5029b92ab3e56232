/** DeleteGroups: empty groups go with their offsets, for good. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DeleteGroupsResponse } from "../../../protocol/messages/delete-groups.ts"
import { GroupClient, openWorld } from "./group-client.ts"

describe("DeleteGroups", () => {
  it.each([0, 1, 2])("removes empty groups, refuses others, in version %i", async (version) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    await client.enter("members")
    await client.commit(0, 5)
    const groupsNames = ["g", "members", "nobody", "g"]
    const reply = await client.client.call<DeleteGroupsResponse>(ApiKey.DeleteGroups, version, {
      groupsNames,
    })
    expect(reply.results).toEqual([
      { groupId: "g", errorCode: ErrorCode.NONE },
      { groupId: "members", errorCode: ErrorCode.NON_EMPTY_GROUP },
      { groupId: "nobody", errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
    ])
    expect(await client.committed(0)).toBe(-1)
    await world.close()
  })

  it("is remembered, and the name can be used again", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    await client.commit(0, 5)
    await client.client.call(ApiKey.DeleteGroups, 2, { groupsNames: ["g"] })
    await world.restartAfter("crash")
    const after = new GroupClient(world)
    expect(await after.client.call(ApiKey.ListGroups, 5, {})).toMatchObject({ groups: [] })
    expect(await after.commit(0, 6)).toBe(ErrorCode.NONE)
    expect(await after.committed(0)).toBe(6)
    await world.close()
  })
})
