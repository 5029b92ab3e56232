/** ListGroups and its filters. */
import { ApiKey } from "../../../protocol/apis.ts"
import type { ListGroupsResponse } from "../../../protocol/messages/list-groups.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const list = async ({ client }: GroupClient, version: number, body: object = {}) =>
  (await client.call<ListGroupsResponse>(ApiKey.ListGroups, version, body)).groups

async function worldWithGroups() {
  const world = await openWorld()
  const client = new GroupClient(world)
  await client.createTopic()
  await client.enter("members")
  await client.commit(0, 1, { groupId: "offsets" })
  return { world, client }
}

describe("ListGroups", () => {
  it.each([0, 1, 2, 3, 4, 5])("lists groups with and without members in version %i", async (v) => {
    const { world, client } = await worldWithGroups()
    const shown = (groupState: string, protocolType: string) => ({
      protocolType,
      groupState: v >= 4 ? groupState : "",
      groupType: v >= 5 ? "classic" : "",
    })
    expect(await list(client, v)).toEqual([
      { groupId: "members", ...shown("Stable", "consumer") },
      { groupId: "offsets", ...shown("Empty", "") },
    ])
    await world.close()
  })

  it.each([
    [{ statesFilter: ["stable"] }, ["members"]],
    [{ statesFilter: ["Empty", "Stable"] }, ["members", "offsets"]],
    [{ statesFilter: ["Dead"] }, []],
    [{ typesFilter: ["Classic"] }, ["members", "offsets"]],
    [{ typesFilter: ["consumer"] }, []],
    [{ typesFilter: ["consumer", "classic"], statesFilter: ["empty"] }, ["offsets"]],
  ])("filters by %j", async (filter, expected) => {
    const { world, client } = await worldWithGroups()
    const groups = await list(client, 5, filter)
    expect(groups.map((group) => group.groupId)).toEqual(expected)
    await world.close()
  })
})
