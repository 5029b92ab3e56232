/** Rebalances of a classic group: who is called back, who comes, who is left out. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: rebalance", () => {
  it("calls the members back when another one joins", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    const newcomer = driver.join()
    expect(newcomer.answer).toBeUndefined()
    expect(driver.heartbeat(leader!, 1)).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
    const again = driver.join({ memberId: leader! })
    expect(again.answer).toMatchObject({ generationId: 2, leader })
    expect(again.answer?.members.map((member) => member.memberId)).toEqual([leader, "member-2"])
    expect(newcomer.answer).toMatchObject({ generationId: 2, leader, members: [] })
  })

  it("goes on without members that do not come back within the rebalance timeout", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2, { rebalanceTimeoutMs: 5000 })
    const newcomer = driver.join()
    driver.join({ memberId: follower! })
    for (let at = 0; at < 7; at++) {
      driver.advance(10_000)
      driver.heartbeat(leader!, 2)
    }
    expect(newcomer.answer).toMatchObject({ generationId: 3, leader: follower })
    expect(driver.group.members.has(leader!)).toBe(false)
    expect(driver.heartbeat(leader!, 2)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  })

  it("answers a repeated join of an unchanged follower from the present generation", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    const again = driver.join({ memberId: follower! })
    expect(again.answer).toMatchObject({ generationId: 2, leader, members: [] })
    expect(driver.group.state).toBe("Stable")
  })

  it("rebalances when the leader joins again, or a follower with other metadata", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    driver.join({ memberId: leader! })
    expect(driver.group.state).toBe("PreparingRebalance")
    driver.syncAll([driver.join({ memberId: follower! }), driver.join({ memberId: leader! })])
    expect(driver.group.state).toBe("Stable")
    driver.join({ memberId: follower!, protocols: [["range", "changed"]] })
    expect(driver.group.state).toBe("PreparingRebalance")
  })

  it("answers the earlier of two joins of one member, so that none is parked for ever", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    const first = driver.join({ memberId: leader! })
    const second = driver.join({ memberId: leader! })
    expect(first.answer?.errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
    driver.join({ memberId: follower! })
    expect(second.answer).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 3 })
  })

  it("becomes empty when everybody leaves, and remembers it", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    expect(driver.leave({ memberId: leader! }, { memberId: follower! })).toEqual([0, 0])
    expect(driver.group.state).toBe("Empty")
    expect(driver.stored.at(-1)).toMatchObject({
      generation: 3,
      protocol: null,
      leader: null,
      protocolType: "consumer",
      members: [],
    })
  })

  it("refuses members beyond group.max.size but lets the present ones rejoin", () => {
    const driver = new GroupDriver({ maxSize: 2 })
    const [leader, follower] = driver.stable(2)
    expect(driver.join().answer?.errorCode).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED)
    const again = [driver.join({ memberId: leader! }), driver.join({ memberId: follower! })]
    expect(again.map((one) => one.answer?.errorCode)).toEqual([ErrorCode.NONE, ErrorCode.NONE])
  })
})
