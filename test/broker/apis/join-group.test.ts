/** JoinGroup in all its versions, on a broker in the simulated world. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { subscription } from "../../support/subscription.ts"
import { GroupClient, openWorld } from "./group-client.ts"

describe("JoinGroup", () => {
  it.each([0, 1, 2, 3])("lets a client without id in at once in version %i", async (version) => {
    const world = await openWorld()
    const reply = await new GroupClient(world).join(version)
    expect(reply).toMatchObject({ errorCode: 0, generationId: 1, protocolName: "range" })
    expect(reply.leader).toBe(reply.memberId)
    expect(reply.members).toMatchObject([{ metadata: subscription("t") }])
    await world.close()
  })

  it.each([4, 5, 6, 7, 8, 9])("asks a client to come back with its id in version %i", async (v) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const first = await client.join(v)
    expect(first.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED)
    expect(first.memberId).toMatch(/^raw-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
    const second = await client.join(v, { memberId: first.memberId })
    expect(second).toMatchObject({ errorCode: 0, memberId: first.memberId })
    expect(second.protocolType).toBe(v >= 7 ? "consumer" : null)
    await world.close()
  })

  it("uses the session timeout for rebalances in version 0", async () => {
    const world = await openWorld()
    const first = new GroupClient(world)
    await first.join(0, { sessionTimeoutMs: 7000 })
    const second = new GroupClient(world)
    second.sendJoin(0, { sessionTimeoutMs: 7000 })
    await world.os.elapse(7100)
    expect(await second.joined(0)).toMatchObject({ errorCode: 0, generationId: 2 })
    await world.close()
  })

  it.each([
    ["an empty group id", { groupId: "" }, ErrorCode.INVALID_GROUP_ID],
    ["too short a session", { sessionTimeoutMs: 5999 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ["too long a session", { sessionTimeoutMs: 1_800_001 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ["an id nobody was given", { memberId: "stranger" }, ErrorCode.UNKNOWN_MEMBER_ID],
    ["no protocol", { protocols: [] }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  ])("refuses %s and leaves no group behind", async (_name, fields, errorCode) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    expect(await client.join(5, fields)).toMatchObject({ errorCode, generationId: -1 })
    expect(await client.client.call(16, 4, {})).toMatchObject({ errorCode: 0, groups: [] })
    await world.close()
  })

  it("parks until everybody has joined, and outlives a closed connection", async () => {
    const world = await openWorld()
    const first = new GroupClient(world)
    const leader = await first.enter()
    const second = new GroupClient(world)
    second.sendJoin(3)
    await world.os.elapse(1000)
    expect(second.client.takeReplies()).toEqual([])
    first.client.peer.reset()
    const back = new GroupClient(world)
    const again = await back.join(3, { memberId: leader })
    expect(again).toMatchObject({ errorCode: 0, generationId: 2, leader })
    expect(again.members).toHaveLength(2)
    expect(await second.joined(3)).toMatchObject({ errorCode: 0, generationId: 2, leader })
    await world.close()
  })

  it("answers who is parked with NOT_COORDINATOR when the broker closes", async () => {
    const world = await openWorld()
    await new GroupClient(world).enter()
    const second = new GroupClient(world)
    second.sendJoin(3)
    await world.os.elapse(100)
    const closing = world.close()
    expect((await second.joined(3)).errorCode).toBe(ErrorCode.NOT_COORDINATOR)
    await closing
  })

  it("keeps a copy of the metadata, not a view of the frame", async () => {
    const world = await openWorld({ "group.initial.rebalance.delay.ms": 500 })
    const first = new GroupClient(world)
    first.sendJoin(3)
    await world.os.elapse(100)
    const noise = new GroupClient(world)
    for (let count = 0; count < 20; count++) await noise.createTopic(`noise-${count}`)
    const reply = await first.joined(3)
    expect(reply.members[0]?.metadata).toEqual(subscription("t"))
    await world.close()
  })
})
