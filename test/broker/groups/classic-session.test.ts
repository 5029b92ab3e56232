/** Heartbeats, departures and sessions that end. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: sessions", () => {
  it("expels a member whose heartbeats stop", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    for (let at = 0; at < 3; at++) {
      driver.advance(4000)
      driver.heartbeat(leader!, 2)
    }
    expect(driver.group.members.has(follower!)).toBe(false)
    expect(driver.heartbeat(leader!, 2)).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
  })

  it("counts a member that waits for the others as alive", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    const asked = driver.join({ memberId: leader! })
    for (let at = 0; at < 5; at++) {
      driver.advance(9000)
      driver.heartbeat(follower!, 2)
    }
    expect(driver.group.members.has(leader!)).toBe(true)
    expect(asked.answer).toBeUndefined()
  })

  it("expels a newcomer that waited five minutes: its client is gone", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1, { rebalanceTimeoutMs: 3_600_000 })
    const newcomer = driver.join({ rebalanceTimeoutMs: 3_600_000 })
    for (let at = 0; at < 31; at++) {
      driver.advance(9990)
      driver.heartbeat(leader!, 1)
    }
    expect(newcomer.answer?.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  })

  it("answers heartbeats of strangers and of other generations with what is wrong", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    expect(driver.heartbeat("stranger", 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(driver.heartbeat(leader!, 0)).toBe(ErrorCode.ILLEGAL_GENERATION)
    expect(driver.heartbeat(leader!, 1)).toBe(ErrorCode.NONE)
  })

  it("lets several members leave at once with one rebalance, each with its own answer", () => {
    const driver = new GroupDriver()
    const [leader, second, third] = driver.stable(3)
    const codes = driver.leave(
      { memberId: second! },
      { memberId: "stranger" },
      { memberId: third! },
    )
    expect(codes).toEqual([ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE])
    expect(driver.group.state).toBe("PreparingRebalance")
    expect(driver.join({ memberId: leader! }).answer?.members).toHaveLength(1)
  })
})
