/** SyncGroup: assignments, in all versions, kept across a restart of the broker. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupClient, openWorld } from "./group-client.ts"

describe("SyncGroup", () => {
  it.each([0, 1, 2, 3, 4, 5])(
    "gives the leader what it assigned in version %i",
    async (version) => {
      const world = await openWorld()
      const client = new GroupClient(world)
      const { memberId, generationId } = await client.join(3)
      const assignments = [{ memberId, assignment: Buffer.from("mine") }]
      const protocol = { protocolType: "consumer", protocolName: "range" }
      const reply = await client.sync(version, { memberId, generationId, assignments, ...protocol })
      expect(reply).toMatchObject({ errorCode: 0, assignment: Buffer.from("mine") })
      expect(reply.protocolName).toBe(version >= 5 ? "range" : null)
      await world.close()
    },
  )

  it("gives a follower its assignment when the leader has brought it", async () => {
    const world = await openWorld({ "group.initial.rebalance.delay.ms": 100 })
    const both = [new GroupClient(world), new GroupClient(world)]
    for (const client of both) client.sendJoin(3)
    const joined = await Promise.all(both.map((client) => client.joined(3)))
    // Which of the two joins arrives first is the simulated network's choice.
    const leads = joined[0]!.memberId === joined[0]!.leader ? 0 : 1
    const [leader, follower] = [joined[leads]!, joined[1 - leads]!]
    const waiting = both[1 - leads]!.sync(3, { memberId: follower.memberId, generationId: 1 })
    const assignments = [{ memberId: follower.memberId, assignment: Buffer.from("half") }]
    const bringing = { memberId: leader.memberId, generationId: 1, assignments }
    const brought = await both[leads]!.sync(3, bringing)
    expect(brought).toMatchObject({ errorCode: 0, assignment: Buffer.alloc(0) })
    expect(await waiting).toMatchObject({ errorCode: 0, assignment: Buffer.from("half") })
    await world.close()
  })

  it("insists on the names of the protocol from version 5 on", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const { memberId, generationId } = await client.join(3)
    const reply = await client.sync(5, { memberId, generationId })
    expect(reply.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    await world.close()
  })

  it("refuses groups it does not know", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const unknown = await client.sync(3, { memberId: "m", generationId: 1 })
    expect(unknown.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    const empty = await client.sync(3, { groupId: "", memberId: "m", generationId: 1 })
    expect(empty.errorCode).toBe(ErrorCode.INVALID_GROUP_ID)
    await world.close()
  })

  it.each(["close", "kill", "crash"] as const)("is remembered after a %s", async (end) => {
    const world = await openWorld()
    const memberId = await new GroupClient(world).enter()
    await world.restartAfter(end)
    const client = new GroupClient(world)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.NONE)
    const reply = await client.sync(3, { memberId, generationId: 1 })
    expect(reply).toMatchObject({ errorCode: 0, assignment: Buffer.from("everything") })
    await world.close()
  })
})
