/** The group itself: who may commit, what is restored, how it ends. */
import { ClassicGroup } from "../../../broker/groups/classic-group.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: committing offsets", () => {
  const none = { memberId: "", groupInstanceId: null }

  it("is open to anybody while the group is empty, and closed to strangers when it is not", () => {
    const driver = new GroupDriver()
    expect(driver.group.checkCommit(none, -1)).toBe(ErrorCode.NONE)
    const [leader] = driver.stable(1)
    const member = { memberId: leader!, groupInstanceId: null }
    expect(driver.group.checkCommit(none, -1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(driver.group.checkCommit(member, 1)).toBe(ErrorCode.NONE)
    expect(driver.group.checkCommit(member, 2)).toBe(ErrorCode.ILLEGAL_GENERATION)
  })

  it("goes on while members are called back, and waits while assignments are awaited", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    const member = { memberId: leader!, groupInstanceId: null }
    driver.join()
    expect(driver.group.checkCommit(member, 1)).toBe(ErrorCode.NONE)
    driver.join({ memberId: leader! })
    expect(driver.group.state).toBe("CompletingRebalance")
    expect(driver.group.checkCommit(member, 2)).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
  })
})

describe("classic group: restored from its image", () => {
  it("goes on as it was", () => {
    const driver = new GroupDriver()
    const [leader, follower] = driver.stable(2)
    const limits = { maxSize: 10, initialRebalanceDelayMs: 0 }
    const restored = ClassicGroup.restore("g", limits, driver.stored.at(-1)!)
    expect(restored).toMatchObject({ state: "Stable", generationId: 2, protocolName: "range" })
    expect(restored.members.leaderId).toBe(leader)
    expect(restored.members.at(follower!).assignment.toString()).toBe(`for ${follower}`)
    expect(restored.image()).toEqual(driver.stored.at(-1))
  })

  it("uses the session timeout where an old record has no rebalance timeout", () => {
    const driver = new GroupDriver()
    driver.stable(1)
    const image = driver.stored.at(-1)!
    const old = {
      ...image,
      members: image.members.map((one) => ({ ...one, rebalanceTimeout: -1 })),
    }
    const limits = { maxSize: 10, initialRebalanceDelayMs: 0 }
    expect(ClassicGroup.restore("g", limits, old).members.rebalanceTimeoutMs).toBe(10_000)
  })
})

describe("classic group: end", () => {
  it("answers everybody who waits when the coordinator closes", () => {
    const driver = new GroupDriver()
    driver.stable(1)
    const joining = driver.join()
    driver.registry.close(ErrorCode.NOT_COORDINATOR)
    expect(joining.answer?.errorCode).toBe(ErrorCode.NOT_COORDINATOR)
    expect(driver.registry.count).toBe(0)
  })
})
