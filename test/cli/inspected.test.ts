/** What inspection finds, as rows and as JSON. */
import { isInWindow, toJsonLine, toRow } from "../../cli/inspected.ts"
import type { BatchLine, RecordLine } from "../../storage/inspect.ts"

const batch: BatchLine = {
  type: "batch",
  position: 100,
  length: 70,
  baseOffset: 10,
  lastOffset: 19,
  recordCount: 10,
  leaderEpoch: 3,
  compression: "zstd",
  timestampType: "CreateTime",
  baseTimestamp: 1_700_000_000_000,
  maxTimestamp: 1_700_000_000_500,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  marker: undefined,
  crc: 1,
  hasRightCrc: true,
}

const record: RecordLine = {
  type: "record",
  offset: 7,
  timestamp: -1,
  key: Buffer.from("a\tb"),
  value: Buffer.from([0xff, 0x01]),
  headers: [{ key: "h", value: null }],
}

describe("inspected lines", () => {
  it("a batch as a row", () => {
    expect(toRow(batch)).toMatchObject({ base: 10, last: 19, producer: null, flags: null })
    expect(toRow(batch)).toMatchObject({ crc: "ok", "last timestamp": "2023-11-14T22:13:20.500Z" })
    const marker = { ...batch, isTransactional: true, marker: "abort", producerId: 5 }
    expect(toRow({ ...marker, producerEpoch: 2, hasRightCrc: false })).toMatchObject({
      producer: "5/2/-1",
      flags: "transactional abort",
      crc: "WRONG",
    })
  })

  it("a record as a row: text, bytes and nothing are told apart", () => {
    const row = { offset: 7, timestamp: "-1", key: "a\tb", headers: "h=-", value: "0xff01" }
    expect(toRow(record)).toEqual(row)
    const empty = { ...record, key: null, value: Buffer.alloc(0), headers: [] }
    expect(toRow(empty)).toMatchObject({ key: null, value: '""', headers: null })
  })

  it("a record as JSON is as consume has it", () => {
    expect(toJsonLine(record, "f.log")).toEqual({
      type: "record",
      file: "f.log",
      offset: 7,
      timestamp: -1,
      key: "a\tb",
      value: { base64: "/wE=" },
      headers: { h: null },
    })
  })

  it("problems and notes are no rows", () => {
    expect(toRow({ type: "problem", position: 1, text: "bad" })).toBeUndefined()
    expect(toRow({ type: "note", position: 1, text: "well" })).toBeUndefined()
  })

  it.each([
    [0, 10, false],
    [0, 11, true],
    [19, 20, true],
    [20, 30, false],
    [12, 13, true],
  ])("offsets 10 to 19 in the window from %d to %d: %s", (from, to, expected) => {
    expect(isInWindow(batch, { from, to })).toBe(expected)
    const problem = { type: "problem", position: 0, text: "" } as const
    expect(isInWindow(problem, { from, to })).toBe(true)
  })
})
