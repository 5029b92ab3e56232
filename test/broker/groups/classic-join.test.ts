/** Joining a classic group: first members, ids, protocols, the initial delay. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { GroupDriver } from "./group-driver.ts"

describe("classic group: first members", () => {
  it("lets a lone member in at once and makes it the leader", () => {
    const driver = new GroupDriver()
    const asked = driver.join()
    expect(asked.answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      generationId: 1,
      memberId: "member-1",
      leader: "member-1",
      protocolType: "consumer",
      protocolName: "range",
      members: [{ memberId: "member-1", groupInstanceId: null, metadata: Buffer.from("m") }],
    })
    expect(driver.group.state).toBe("CompletingRebalance")
  })

  it("gives a client without id one, from version 4 on, and takes it in when it comes back", () => {
    const driver = new GroupDriver()
    const first = driver.join({ version: 4 })
    expect(first.answer).toMatchObject({
      errorCode: ErrorCode.MEMBER_ID_REQUIRED,
      memberId: "member-1",
      generationId: -1,
    })
    expect(driver.group.members.count).toBe(0)
    const second = driver.join({ version: 4, memberId: "member-1" })
    expect(second.answer).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 1 })
  })

  it("forgets a pending member that does not come back within its session", () => {
    const driver = new GroupDriver()
    driver.join({ version: 4, sessionTimeoutMs: 6000 })
    driver.advance(6010)
    expect(driver.group.members.pendingJoins.size).toBe(0)
    expect(driver.join({ version: 4, memberId: "member-1" }).answer?.errorCode).toBe(
      ErrorCode.UNKNOWN_MEMBER_ID,
    )
  })

  it("holds the join phase open for a pending member", () => {
    const driver = new GroupDriver()
    const [leader] = driver.stable(1)
    driver.join({ version: 4, sessionTimeoutMs: 6000 })
    const again = driver.join({ memberId: leader!, protocols: [["range", "new"]] })
    expect(again.answer).toBeUndefined()
    driver.advance(6010)
    expect(again.answer).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 2 })
  })

  it("waits for the initial delay, longer while members keep coming", () => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 3000 })
    const first = driver.join()
    driver.advance(2000)
    const second = driver.join()
    driver.advance(2000)
    expect(first.answer).toBeUndefined()
    driver.advance(3000)
    expect(first.answer).toMatchObject({ generationId: 1, leader: "member-1" })
    expect(first.answer?.members).toHaveLength(2)
    expect(second.answer).toMatchObject({ generationId: 1, leader: "member-1", members: [] })
  })

  it("never prolongs the initial delay beyond the rebalance timeout", () => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 3000 })
    const first = driver.join({ rebalanceTimeoutMs: 7000 })
    for (let at = 0; at < 8; at++) {
      driver.advance(1000)
      if (!first.answer) driver.join({ rebalanceTimeoutMs: 7000 })
    }
    expect(first.answer?.generationId).toBe(1)
  })
})

describe("classic group: protocols", () => {
  it("chooses the protocol most members prefer among those all of them speak", () => {
    const driver = new GroupDriver({ initialRebalanceDelayMs: 100 })
    const asked = [
      driver.join({
        protocols: [
          ["a", ""],
          ["b", ""],
          ["c", ""],
        ],
      }),
      driver.join({
        protocols: [
          ["b", ""],
          ["c", ""],
          ["d", ""],
        ],
      }),
      driver.join({
        protocols: [
          ["c", ""],
          ["b", ""],
        ],
      }),
      driver.join({
        protocols: [
          ["c", ""],
          ["b", ""],
        ],
      }),
    ]
    driver.advance(1000)
    expect(asked.map((one) => one.answer?.protocolName)).toEqual(["b", "b", "b", "b"].fill("b"))
  })

  it("refuses a member that shares no protocol with the others, or another protocol type", () => {
    const driver = new GroupDriver()
    driver.stable(1)
    const errorCode = ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    expect(driver.join({ protocols: [["other", ""]] }).answer).toMatchObject({ errorCode })
    expect(driver.join({ protocolType: "connect" }).answer).toMatchObject({ errorCode })
    expect(new GroupDriver().join({ protocols: [] }).answer).toMatchObject({ errorCode })
    expect(new GroupDriver().join({ protocolType: "" }).answer).toMatchObject({ errorCode })
  })

  it("refuses a sync that names another protocol than the group's", () => {
    const driver = new GroupDriver()
    const { memberId, generationId } = driver.join().answer!
    const errorCode = ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    const syncWith = (options: object) => driver.sync(memberId, generationId, options).answer
    expect(syncWith({ protocolName: "other" })).toMatchObject({ errorCode })
    expect(syncWith({ protocolType: "connect" })).toMatchObject({ errorCode })
    expect(syncWith({ protocolType: "consumer", protocolName: "range" })).toMatchObject({
      errorCode: ErrorCode.NONE,
    })
  })
})
