/** LeaveGroup: one member until version 2, several from 3 on. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { LeaveGroupResponse } from "../../../protocol/messages/leave-group.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const leave = ({ client }: GroupClient, version: number, body: object) =>
  client.call<LeaveGroupResponse>(ApiKey.LeaveGroup, version, { groupId: "g", ...body })

describe("LeaveGroup", () => {
  it.each([0, 1, 2])("lets a member go in version %i", async (version) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const memberId = await client.enter()
    expect((await leave(client, version, { memberId })).errorCode).toBe(ErrorCode.NONE)
    expect((await leave(client, version, { memberId })).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    await world.close()
  })

  it.each([3, 4, 5])("answers for each member in version %i", async (version) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const memberId = await client.enter()
    const members = [{ memberId }, { memberId: "stranger" }, { memberId, groupInstanceId: "one" }]
    const reply = await leave(client, version, { members })
    expect(reply.errorCode).toBe(ErrorCode.NONE)
    expect(reply.members.map((member) => member.errorCode)).toEqual([
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_MEMBER_ID,
      ErrorCode.UNKNOWN_MEMBER_ID,
    ])
    expect(reply.members.map((member) => member.groupInstanceId)).toEqual([null, null, "one"])
    await world.close()
  })

  it("removes a static member by its instance id alone", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const { memberId } = await client.join(5, { groupInstanceId: "one" })
    const members = [{ memberId: "", groupInstanceId: "one" }]
    const reply = await leave(client, 5, { members })
    expect(reply.members).toMatchObject([{ groupInstanceId: "one", errorCode: ErrorCode.NONE }])
    expect(await client.heartbeat(memberId, 1, { groupInstanceId: "one" })).toBe(
      ErrorCode.UNKNOWN_MEMBER_ID,
    )
    await world.close()
  })

  it("refuses an empty group id, and members of a group it does not know", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const members = [{ memberId: "m" }]
    const unknown = await leave(client, 4, { groupId: "nobody", members })
    expect(unknown).toMatchObject({
      errorCode: ErrorCode.NONE,
      members: [{ errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
    })
    const empty = await leave(client, 4, { groupId: "", members })
    expect(empty.errorCode).toBe(ErrorCode.INVALID_GROUP_ID)
    await world.close()
  })
})
