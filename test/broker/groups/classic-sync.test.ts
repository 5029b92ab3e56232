/** SyncGroup: assignments are brought, stored and handed out, or not. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: sync", () => {
  it("hands assignments out only once they are stored", () => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 10 })
    driver.storesAtOnce = false
    const [leader, follower] = [driver.join(), driver.join()]
    driver.advance(100)
    const waiting = driver.sync(follower.answer!.memberId, 1)
    const assignments = { "member-1": "all", "member-2": "none" }
    const bringing = driver.sync(leader.answer!.memberId, 1, { assignments })
    expect([waiting.answer, bringing.answer]).toEqual([undefined, undefined])
    driver.finishStores()
    expect(bringing.answer).toMatchObject({ errorCode: 0, assignment: Buffer.from("all") })
    expect(waiting.answer).toMatchObject({ errorCode: 0, assignment: Buffer.from("none") })
    expect(driver.group.state).toBe("Stable")
  })

  it("starts over when the assignments cannot be stored", () => {
    const driver = new GroupDriver()
    driver.storesAtOnce = false
    const { memberId } = driver.join().answer!
    const asked = driver.sync(memberId, 1, { assignments: { [memberId]: "all" } })
    driver.finishStores(ErrorCode.NOT_COORDINATOR)
    expect(asked.answer?.errorCode).toBe(ErrorCode.NOT_COORDINATOR)
    expect(driver.group.state).toBe("PreparingRebalance")
  })

  it("ignores the storing of an assignment that a rebalance has overtaken", () => {
    const driver = new GroupDriver()
    driver.storesAtOnce = false
    const { memberId } = driver.join().answer!
    const asked = driver.sync(memberId, 1, { assignments: { [memberId]: "old" } })
    driver.join()
    expect(asked.answer?.errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
    driver.finishStores()
    expect(driver.group.state).toBe("PreparingRebalance")
  })

  it("gives a member its assignment again while the group is stable", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    expect(driver.sync(leader!, 1).answer?.assignment.toString()).toBe(`for ${leader}`)
  })

  it("refuses strangers, other generations, and everybody while members are called back", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    expect(driver.sync("stranger", 1).answer?.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(driver.sync(leader!, 7).answer?.errorCode).toBe(ErrorCode.ILLEGAL_GENERATION)
    driver.join()
    expect(driver.sync(leader!, 1).answer?.errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
  })

  it("expels members that never sync and calls the others back", () => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 10 })
    const options = { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 20_000 }
    const [leader, follower] = [driver.join(options), driver.join(options)]
    driver.advance(100)
    const waiting = driver.sync(follower.answer!.memberId, 1)
    driver.advance(5010)
    expect(waiting.answer?.errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
    expect(driver.group.members.has(leader.answer!.memberId)).toBe(false)
    expect(driver.join({ ...options, memberId: "member-2" }).answer).toMatchObject({
      generationId: 2,
      leader: "member-2",
    })
  })
})
