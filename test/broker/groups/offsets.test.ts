/** Committed offsets: what is found, forgotten, undecided, expired. */
import {
  type CommittedOffset,
  isExpired,
  type OffsetKey,
  Offsets,
} from "../../../broker/groups/offsets.ts"
import { ZERO_UUID } from "../../../protocol/schema.ts"

const committed = (offset: number, rest: Partial<CommittedOffset> = {}): CommittedOffset => ({
  offset,
  leaderEpoch: -1,
  metadata: "",
  committedAtMs: 1000,
  expiresAtMs: -1,
  topicId: ZERO_UUID,
  ...rest,
})
const key = (partition: number, topic = "t", groupId = "g"): OffsetKey => ({
  groupId,
  topic,
  partition,
})

describe("offsets", () => {
  it("keep the last one of each partition", () => {
    const offsets = new Offsets()
    offsets.put(key(0), committed(1), 0)
    offsets.put(key(0), committed(2), 1)
    offsets.put(key(1), committed(3), 2)
    expect(offsets.find(key(0))?.offset).toBe(2)
    expect(offsets.find(key(0, "t", "other"))).toBeUndefined()
    expect(offsets.count).toBe(2)
  })

  it("leave nothing behind when the last one is removed", () => {
    const offsets = new Offsets()
    offsets.put(key(0), committed(1), 0)
    offsets.remove(key(0))
    offsets.remove(key(0))
    expect(offsets.of("g")).toBeUndefined()
    expect(offsets.count).toBe(0)
  })
})

describe("offsets of transactions", () => {
  it("count from the commit on, not before", () => {
    const offsets = new Offsets()
    offsets.put(key(0), committed(1), 0)
    offsets.putPending(7, key(0), committed(5), 1)
    expect(offsets.find(key(0))?.offset).toBe(1)
    expect(offsets.isUnstable(key(0))).toBe(true)
    expect(offsets.hasOpenTransaction("g")).toBe(true)
    offsets.endTransaction(7, true)
    expect(offsets.find(key(0))?.offset).toBe(5)
    expect(offsets.isUnstable(key(0))).toBe(false)
    expect(offsets.hasOpenTransaction("g")).toBe(false)
  })

  it("are forgotten when it aborts", () => {
    const offsets = new Offsets()
    offsets.putPending(7, key(0), committed(5), 1)
    offsets.endTransaction(7, false)
    offsets.endTransaction(8, true)
    expect(offsets.find(key(0))).toBeUndefined()
  })

  it("do not undo what was committed after them", () => {
    const offsets = new Offsets()
    offsets.putPending(7, key(0), committed(5), 1)
    offsets.put(key(0), committed(9), 2)
    offsets.endTransaction(7, true)
    expect(offsets.find(key(0))?.offset).toBe(9)
  })

  it("are dropped with the partition's offset", () => {
    const offsets = new Offsets()
    offsets.putPending(7, key(0), committed(5), 1)
    offsets.remove(key(0))
    offsets.endTransaction(7, true)
    expect(offsets.find(key(0))).toBeUndefined()
  })
})

describe("expiry of an offset", () => {
  const rule = { sinceMs: undefined, retentionMs: 500 }

  it("counts from its commit, or from the instant the group became empty", () => {
    expect(isExpired(committed(1), rule, 1499)).toBe(false)
    expect(isExpired(committed(1), rule, 1500)).toBe(true)
    expect(isExpired(committed(1), { ...rule, sinceMs: 1400 }, 1899)).toBe(false)
    expect(isExpired(committed(1), { ...rule, sinceMs: 1400 }, 1900)).toBe(true)
  })

  it("obeys a client that chose its own", () => {
    expect(isExpired(committed(1, { expiresAtMs: 9000 }), rule, 8999)).toBe(false)
    expect(isExpired(committed(1, { expiresAtMs: 1100 }), rule, 1100)).toBe(true)
  })
})
