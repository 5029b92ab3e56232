/** Names on disk, both ways. */
import * as layout from "../../storage/layout.ts"

describe("names of segment files", () => {
  it("are twenty digits and a suffix", () => {
    expect(layout.segmentPath("/d/t-0", 42, "data")).toBe("/d/t-0/00000000000000000042.log")
    expect(layout.segmentPath("/d/t-0", 0, "timeIndex")).toBe(
      "/d/t-0/00000000000000000000.timeindex",
    )
    expect(layout.parseSegmentName("00000000000000000042.txnindex")).toEqual({
      offset: 42,
      kind: "transactionIndex",
    })
  })

  it.each([
    "42.log",
    "00000000000000000042.log.deleted",
    "0000000000000000004x.log",
    "x",
    "",
    "99999999999999999999.log",
  ])("%j is not one", (name) => expect(layout.parseSegmentName(name)).toBeUndefined())
})

describe("names of log directories", () => {
  it("topics may hold dashes", () => {
    expect(layout.parseLogDirectory("a-b-7")).toEqual({ topic: "a-b", partition: 7 })
  })

  it.each(["a", "-1", "a-", "a-01", "a-4294967296", `a-0.${"0".repeat(32)}-delete`])(
    "%j is not one",
    (name) => expect(layout.parseLogDirectory(name)).toBeUndefined(),
  )

  it("a deleted log keeps to the longest file name there is", () => {
    const name = layout.deletedDirectoryName("t".repeat(249), 12, "0123456789abcdef".repeat(2))
    expect(name).toHaveLength(255)
    expect(layout.isDeletedDirectory(name)).toBe(true)
    expect(layout.isDeletedDirectory("t-0")).toBe(false)
  })
})

describe("small files", () => {
  it("partition.metadata holds the topic id", () => {
    const text = layout.formatPartitionMetadata("rGcGs2xgQwmxBcuLrHfVyQ")
    expect(text).toBe("version: 0\ntopic_id: rGcGs2xgQwmxBcuLrHfVyQ")
    expect(layout.parsePartitionMetadata(text)).toBe("rGcGs2xgQwmxBcuLrHfVyQ")
    expect(layout.parsePartitionMetadata("version: 1\ntopic_id: x")).toBeUndefined()
  })

  it("the clean-shutdown mark tells ours from Kafka's", () => {
    expect(layout.isOwnCleanShutdown(layout.formatCleanShutdown())).toBe(true)
    expect(layout.isOwnCleanShutdown('{"version":0,"brokerEpoch":11}')).toBe(false)
    expect(layout.isOwnCleanShutdown("")).toBe(false)
    expect(layout.isOwnCleanShutdown("null")).toBe(false)
  })
})
