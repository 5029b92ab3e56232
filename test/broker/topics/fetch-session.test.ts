/** Which requests fit which session, and who gets one (KIP-227). */
import {
  FetchSessions,
  type FetchTarget,
  MAX_SESSION_PARTITIONS,
} from "../../../broker/topics/fetch-session.ts"
import { createSimulatedOs } from "../../../native/simulated/index.ts"

function target(index: number, fetchOffset = 0): FetchTarget {
  return {
    topic: "t",
    topicId: "AAAAAAAAAAAAAAAAAAAAAA",
    index,
    fetchOffset,
    currentLeaderEpoch: -1,
    maxBytes: 1000,
    partition: undefined,
    toldHighWatermark: -1,
    toldLogStartOffset: -1,
  }
}

function targets(count: number): FetchTarget[] {
  return Array.from({ length: count }, (_, index) => target(index))
}

function world(maxSessions = 2) {
  const os = createSimulatedOs({ seed: 1 })
  const sessions = new FetchSessions(os, maxSessions)
  const begin = (sessionId: number, sessionEpoch: number, asked = targets(0), more = {}) =>
    sessions.begin({
      ...{ sessionId, sessionEpoch, targets: asked, usesTopicIds: false, forgotten: [] },
      ...more,
    })
  return { os, sessions, begin }
}

describe("fetch sessions", () => {
  it("a request with epoch -1 has no session; one with epoch 0 wants a new one", () => {
    const { begin } = world()
    expect(begin(0, -1, targets(1))).toMatchObject({ ok: true, scope: { kind: "sessionless" } })
    expect(begin(0, 0, targets(1))).toMatchObject({ ok: true, scope: { kind: "full" } })
  })

  it("epochs count 1, 2, 3; any other is refused", () => {
    const { sessions, begin } = world()
    const { id } = sessions.open(targets(1), false)!
    expect(begin(id, 2)).toEqual({ ok: false, reason: "invalid-session-epoch" })
    expect(begin(id, 1)).toMatchObject({ ok: true, scope: { kind: "incremental" } })
    expect(begin(id, 1)).toEqual({ ok: false, reason: "invalid-session-epoch" })
    expect(begin(id, 2)).toMatchObject({ ok: true })
    expect(begin(id + 1, 1)).toEqual({ ok: false, reason: "session-not-found" })
  })

  it("partitions are added, moved and forgotten; an empty session ends", () => {
    const { sessions, begin } = world()
    const session = sessions.open(targets(2), false)!
    begin(session.id, 1, [target(1, 50), target(7)], { forgotten: ["t:0", "t:99"] })
    expect([...session.targets.values()].map((t) => [t.index, t.fetchOffset])).toEqual([
      [1, 50],
      [7, 0],
    ])
    expect(sessions.partitionCount).toBe(2)
    const last = begin(session.id, 2, [], { forgotten: ["t:1", "t:7"] })
    expect(last).toMatchObject({ ok: true, scope: { kind: "sessionless", targets: [] } })
    expect(sessions.count).toBe(0)
    expect(sessions.partitionCount).toBe(0)
  })

  it("closing ends the session; so does asking for a new one in its place", () => {
    const { sessions, begin } = world()
    const first = sessions.open(targets(1), false)!
    begin(first.id, -1)
    expect(sessions.count).toBe(0)
    const second = sessions.open(targets(1), false)!
    begin(second.id, 0, targets(1))
    expect(sessions.count).toBe(0)
  })

  it("topic names and ids do not mix", () => {
    const { sessions, begin } = world()
    const { id } = sessions.open(targets(1), false)!
    const mixed = begin(id, 1, [], { usesTopicIds: true })
    expect(mixed).toEqual({ ok: false, reason: "topic-id-mismatch" })
  })

  it("when all slots are taken, a young session is left alone", () => {
    const { os, sessions } = world()
    sessions.open(targets(1), false)
    sessions.open(targets(1), false)
    os.advance(119_000)
    expect(sessions.open(targets(100), false)).toBeUndefined()
    expect(sessions.count).toBe(2)
  })

  it("when all slots are taken, a session unused for two minutes gives way", () => {
    const { os, sessions, begin } = world()
    const unused = sessions.open(targets(5), false)!
    const used = sessions.open(targets(5), false)!
    os.advance(119_000)
    begin(used.id, 1)
    os.advance(2000)
    expect(sessions.open(targets(1), false)).toBeDefined()
    expect(begin(unused.id, 1)).toEqual({ ok: false, reason: "session-not-found" })
    expect(begin(used.id, 2)).toMatchObject({ ok: true })
  })

  it("when all slots are taken by old sessions, the smallest gives way to a larger", () => {
    const { os, sessions, begin } = world()
    const small = sessions.open(targets(2), false)!
    const large = sessions.open(targets(9), false)!
    os.advance(121_000)
    begin(small.id, 1)
    begin(large.id, 1)
    expect(sessions.open(targets(2), false)).toBeUndefined()
    expect(sessions.open(targets(3), false)).toBeDefined()
    expect(begin(small.id, 2)).toEqual({ ok: false, reason: "session-not-found" })
  })

  it("partitions of all sessions together are limited", () => {
    const { sessions, begin } = world(10)
    expect(sessions.open(targets(MAX_SESSION_PARTITIONS + 1), false)).toBeUndefined()
    const session = sessions.open(targets(1), false)!
    const grown = begin(session.id, 1, targets(MAX_SESSION_PARTITIONS + 1))
    expect(grown).toEqual({ ok: false, reason: "session-not-found" })
    expect(sessions.partitionCount).toBe(0)
  })

  it("no slots, no sessions", () => {
    const { sessions } = world(0)
    expect(sessions.open(targets(1), false)).toBeUndefined()
  })
})
