/** Fetch sessions: what is sent again, what is forgotten, when they start anew. */
import { FetchSession, type FetchTarget } from "../../../clients/consumer/fetch-session.ts"

const target = (partition: number, fetchOffset = 0, topicId?: string): FetchTarget => ({
  topic: "t",
  partition,
  topicId,
  fetchOffset,
  currentLeaderEpoch: 0,
  partitionMaxBytes: 100,
})

const sent = (part: ReturnType<FetchSession["next"]>) =>
  part.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition))

describe("fetch session", () => {
  it("the first request names all partitions, later ones what has changed", () => {
    const session = new FetchSession()
    const first = session.next([target(0), target(1)], false)
    expect([first.sessionId, first.sessionEpoch, sent(first)]).toEqual([0, 0, [0, 1]])
    session.accepted(9)
    const second = session.next([target(0), target(1, 5)], false)
    expect([second.sessionId, second.sessionEpoch, sent(second)]).toEqual([9, 1, [1]])
    session.accepted(9)
    expect(sent(session.next([target(0), target(1, 5)], false))).toEqual([])
  })

  it("partitions no longer wanted are forgotten, and named again when they return", () => {
    const session = new FetchSession()
    session.next([target(0), target(1)], false)
    session.accepted(9)
    const without = session.next([target(0)], false)
    expect(without.forgottenTopicsData).toEqual([{ topic: "t", partitions: [1] }])
    session.accepted(9)
    expect(sent(session.next([target(0), target(1)], false))).toEqual([1])
  })

  it("a broker without sessions gets everything every time", () => {
    const session = new FetchSession()
    session.next([target(0)], false)
    session.accepted(0)
    const again = session.next([target(0)], false)
    expect([again.sessionEpoch, sent(again)]).toEqual([0, [0]])
  })

  it("after a reset, and when names change to ids, it starts anew", () => {
    const session = new FetchSession()
    session.next([target(0)], false)
    session.accepted(9)
    session.reset()
    expect(session.next([target(0)], false).sessionId).toBe(0)
    session.accepted(10)
    expect(session.next([target(0, 0, "id")], true).sessionId).toBe(0)
  })

  it("a topic made anew under the same name is another partition", () => {
    const session = new FetchSession()
    session.next([target(0, 0, "old")], true)
    session.accepted(9)
    const part = session.next([target(0, 0, "new")], true)
    expect(sent(part)).toEqual([0])
    expect(part.forgottenTopicsData).toEqual([{ topic: "t", topicId: "old", partitions: [0] }])
  })
})
