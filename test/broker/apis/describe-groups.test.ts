/** DescribeGroups: state, members, and groups that are not there. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DescribeGroupsResponse } from "../../../protocol/messages/describe-groups.ts"
import { subscription } from "../../support/subscription.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const describeGroup = async ({ client }: GroupClient, version: number, body: object = {}) => {
  const request = { groups: ["g"], ...body }
  return (await client.call<DescribeGroupsResponse>(ApiKey.DescribeGroups, version, request))
    .groups[0]!
}

describe("DescribeGroups", () => {
  it.each([0, 1, 2, 3, 4, 5, 6])("shows a stable group in version %i", async (version) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const memberId = await client.enter()
    expect(await describeGroup(client, version)).toMatchObject({
      errorCode: 0,
      groupId: "g",
      groupState: "Stable",
      protocolType: "consumer",
      protocolData: "range",
      members: [
        {
          memberId,
          groupInstanceId: null,
          clientId: "raw",
          clientHost: expect.stringMatching(/^\//),
          memberMetadata: subscription("t"),
          memberAssignment: Buffer.from("everything"),
        },
      ],
      authorizedOperations: -2147483648,
    })
    await world.close()
  })

  it("keeps the protocol to itself while the group is not stable", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.join(3)
    expect(await describeGroup(client, 5)).toMatchObject({
      groupState: "CompletingRebalance",
      protocolData: "",
      members: [{ memberMetadata: Buffer.alloc(0) }],
    })
    await world.close()
  })

  it("shows a group that is not there as Dead, from version 6 on as an error", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    expect(await describeGroup(client, 5)).toMatchObject({ errorCode: 0, groupState: "Dead" })
    expect(await describeGroup(client, 6)).toMatchObject({
      errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
      errorMessage: "Group g not found.",
      groupState: "Dead",
    })
    await world.close()
  })

  it("lists the operations everybody may do when asked", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.enter()
    const asked = await describeGroup(client, 5, { includeAuthorizedOperations: true })
    expect(asked.authorizedOperations).toBe(0b110101001000)
    await world.close()
  })
})
