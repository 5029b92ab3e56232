/** Heartbeat: signs of life, and what a member learns from them. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupClient, openWorld } from "./group-client.ts"

describe("Heartbeat", () => {
  it("keeps a member for as long as it is sent", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const memberId = await client.enter()
    for (let count = 0; count < 4; count++) {
      await world.os.elapse(9000)
      expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.NONE)
    }
    await world.os.elapse(10_100)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    await world.close()
  })

  it("tells of a rebalance, a strange generation, a strange member, an illegal group", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const memberId = await client.enter()
    expect(await client.heartbeat(memberId, 5)).toBe(ErrorCode.ILLEGAL_GENERATION)
    expect(await client.heartbeat("stranger", 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(await client.heartbeat(memberId, 1, { groupId: "other" })).toBe(
      ErrorCode.UNKNOWN_MEMBER_ID,
    )
    expect(await client.heartbeat(memberId, 1, { groupId: "" })).toBe(ErrorCode.INVALID_GROUP_ID)
    new GroupClient(world).sendJoin(3)
    await world.os.elapse(100)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
    await world.close()
  })

  it("gives every member a full session after a restart, then expels the silent", async () => {
    const world = await openWorld()
    const memberId = await new GroupClient(world).enter()
    await world.os.elapse(9000)
    await world.restartAfter("kill")
    await world.os.elapse(9000)
    const client = new GroupClient(world)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.NONE)
    await world.os.elapse(10_100)
    expect(await client.heartbeat(memberId, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    await world.close()
  })
})
