/** Members with a group.instance.id (KIP-345). */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: static members", () => {
  const stableStatic = (version = 9) => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 10 })
    const asked = [
      driver.join({ instance: "one", version }),
      driver.join({ instance: "two", version }),
    ]
    driver.advance(100)
    const ids = asked.map((one) => one.answer!.memberId)
    driver.sync(ids[1]!, 1, { instance: "two" })
    const assignments = { [ids[0]!]: "for one", [ids[1]!]: "for two" }
    driver.sync(ids[0]!, 1, { instance: "one", assignments })
    return { driver, ids }
  }

  it("take their old place in a stable group without a rebalance", () => {
    const { driver, ids } = stableStatic()
    const back = driver.join({ instance: "two", version: 9 })
    expect(back.answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      generationId: 1,
      leader: ids[0],
      skipAssignment: false,
    })
    expect(driver.group.state).toBe("Stable")
    const { memberId } = back.answer!
    expect(memberId).not.toBe(ids[1])
    const assignment = driver.sync(memberId, 1, { instance: "two" }).answer?.assignment
    expect(assignment?.toString()).toBe("for two")
    expect(driver.stored.at(-1)?.members.map((member) => member.memberId)).toContain(memberId)
  })

  it("lead again without assigning again, when their client knows version 9", () => {
    const { driver } = stableStatic()
    const back = driver.join({ instance: "one", version: 9 }).answer!
    expect(back).toMatchObject({ leader: back.memberId, skipAssignment: true })
    expect(back.members).toHaveLength(2)
  })

  it("are told of the former leader when their client is older", () => {
    const { driver, ids } = stableStatic(5)
    const back = driver.join({ instance: "one", version: 5 }).answer!
    expect(back).toMatchObject({ leader: ids[0], skipAssignment: false, members: [] })
  })

  it("fence the process that held their instance id before", () => {
    const { driver, ids } = stableStatic()
    driver.join({ instance: "two" })
    const errorCode = ErrorCode.FENCED_INSTANCE_ID
    expect(driver.heartbeat(ids[1]!, 1, "two")).toBe(errorCode)
    expect(driver.sync(ids[1]!, 1, { instance: "two" }).answer).toMatchObject({ errorCode })
    expect(driver.join({ memberId: ids[1]!, instance: "two" }).answer).toMatchObject({ errorCode })
    expect(driver.leave({ memberId: ids[1]!, instance: "two" })).toEqual([errorCode])
    expect(driver.group.checkCommit({ memberId: ids[1]!, groupInstanceId: "two" }, 1)).toBe(
      errorCode,
    )
  })

  it("fence a parked join of the same instance id", () => {
    const { driver } = stableStatic()
    driver.join({ instance: "three" })
    const parked = driver.join({ instance: "two" })
    driver.join({ instance: "two" })
    expect(parked.answer?.errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID)
  })

  it("rebalance when they come back with protocols that change the choice", () => {
    const { driver } = stableStatic()
    const before = driver.join({
      instance: "two",
      protocols: [
        ["range", "m"],
        ["x", ""],
      ],
    })
    expect(before.answer?.errorCode).toBe(ErrorCode.NONE)
    expect(driver.group.state).toBe("Stable")
    driver.join({
      instance: "one",
      protocols: [
        ["x", ""],
        ["range", "m"],
      ],
    })
    driver.join({
      instance: "two",
      protocols: [
        ["x", ""],
        ["range", "m"],
      ],
    })
    expect(driver.group.state).not.toBe("Stable")
  })

  it("keep their place when they miss a rebalance, until their session ends", () => {
    const { driver, ids } = stableStatic()
    const newcomer = driver.join({ instance: "three", rebalanceTimeoutMs: 3000 })
    driver.group.members.at(ids[0]!).rebalanceTimeoutMs = 3000
    driver.group.members.at(ids[1]!).rebalanceTimeoutMs = 3000
    driver.join({ memberId: ids[0]!, instance: "one", rebalanceTimeoutMs: 3000 })
    driver.advance(9000)
    driver.heartbeat(ids[1]!, 1, "two")
    driver.advance(60_000)
    expect(newcomer.answer).toMatchObject({ errorCode: 0, generationId: 2 })
  })

  it("can be removed by their instance id alone", () => {
    const { driver, ids } = stableStatic()
    expect(driver.leave({ memberId: "", instance: "two" })).toEqual([ErrorCode.NONE])
    expect(driver.leave({ memberId: "", instance: "two" })).toEqual([ErrorCode.UNKNOWN_MEMBER_ID])
    expect(driver.group.members.has(ids[1]!)).toBe(false)
  })

  it("get their old process back in its place when the change cannot be stored", () => {
    const { driver, ids } = stableStatic()
    driver.storesAtOnce = false
    const back = driver.join({ instance: "two" })
    driver.finishStores(ErrorCode.NOT_COORDINATOR)
    expect(back.answer?.errorCode).toBe(ErrorCode.NOT_COORDINATOR)
    expect(driver.heartbeat(ids[1]!, 1, "two")).toBe(ErrorCode.NONE)
  })
})
