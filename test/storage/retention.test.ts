/** Which segments go, and why. */
import { findExpired, type RetentionLimits, type SegmentAge } from "../../storage/retention.ts"

const limits: RetentionLimits = {
  nowMs: 10_000,
  retentionMs: -1,
  retentionBytes: -1,
  cleanupPolicy: ["delete"],
  logStartOffset: 0,
  durableOffset: 1000,
}
/** Four segments of 100 records and 100 bytes; that of number n ends at n seconds. */
const segments: SegmentAge[] = [1, 2, 3, 4].map((n) => ({
  sizeBytes: 100,
  endOffset: n * 100,
  newestAt: n * 1000,
}))

describe("retention", () => {
  it("without limits nothing goes", () => expect(findExpired(segments, limits)).toEqual([]))

  it("by time: what is older goes, up to the first that is not", () => {
    expect(findExpired(segments, { ...limits, retentionMs: 7999 })).toEqual(["time", "time"])
    expect(findExpired(segments, { ...limits, retentionMs: 8000 })).toEqual(["time"])
    const mixed = [segments[1]!, segments[3]!, segments[0]!]
    expect(findExpired(mixed, { ...limits, retentionMs: 7000 })).toEqual(["time"])
  })

  it("by time the active segment goes too, unless it is empty", () => {
    expect(findExpired(segments, { ...limits, retentionMs: 0 })).toHaveLength(4)
    const empty = { ...segments[3]!, sizeBytes: 0 }
    expect(
      findExpired([...segments.slice(0, 3), empty], { ...limits, retentionMs: 0 }),
    ).toHaveLength(3)
  })

  it("by size: as many as leave at least the limit", () => {
    expect(findExpired(segments, { ...limits, retentionBytes: 250 })).toEqual(["size"])
    expect(findExpired(segments, { ...limits, retentionBytes: 200 })).toEqual(["size", "size"])
    expect(findExpired(segments, { ...limits, retentionBytes: 400 })).toEqual([])
  })

  it("below the log's start, whatever the policy", () => {
    const compacted = { ...limits, cleanupPolicy: ["compact"] as const, retentionMs: 0 }
    expect(findExpired(segments, { ...compacted, logStartOffset: 250 })).toEqual([
      "start offset",
      "start offset",
    ])
  })

  it("nothing that is not durable", () => {
    expect(findExpired(segments, { ...limits, retentionMs: 0, durableOffset: 199 })).toEqual([
      "time",
    ])
  })

  it("ages are asked for only as far as needed", () => {
    const last: SegmentAge = {
      sizeBytes: 1,
      endOffset: 500,
      get newestAt(): number {
        throw new Error("asked")
      },
    }
    expect(findExpired([...segments, last], { ...limits, retentionMs: 7000 })).toHaveLength(2)
  })
})
