/** What inspection says about sound and damaged files of a log. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { openOs } from "../../native/index.ts"
import { setBaseOffset } from "../../protocol/records/batch.ts"
import { type InspectedLine, type InspectOptions, inspectFile } from "../../storage/inspect.ts"
import { formatSnapshot } from "../../storage/producer-snapshot.ts"
import { batchOf } from "../support/record-batches.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const os = openOs("portable")
const directory = temporaryDirectory()
afterAll(() => os.close())

function inspect(name: string, contents: Uint8Array | string, options: InspectOptions = {}) {
  const path = join(directory, name)
  writeFileSync(path, contents)
  return [...inspectFile(os, path, options)]
}

/** A batch of two records at an offset. */
function batchAt(baseOffset: number): Buffer {
  const bytes = batchOf(["first", "second"])
  setBaseOffset(bytes, 0, baseOffset)
  return bytes
}

const DATA = "00000000000000000010.log"
const length = batchAt(0).length
/** Lines in short: what they are, and where or which. */
const brief = (lines: readonly InspectedLine[]) =>
  lines.map((line) => {
    if (line.type === "batch") return `batch ${line.baseOffset} at ${line.position}`
    if (line.type === "record") return `record ${line.offset} ${line.value}`
    if (line.type === "problem" || line.type === "note")
      return `${line.type} ${line.position}: ${line.text}`
    return JSON.stringify(line)
  })
const sound = Buffer.concat([batchAt(10), batchAt(12), batchAt(14)])
const withBytes = (change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(sound)
  change(bytes)
  return bytes
}

describe("inspection of a data file", () => {
  it("sound batches and their records", () => {
    const batches = [`batch 10 at 0`, `batch 12 at ${length}`, `batch 14 at ${2 * length}`]
    expect(brief(inspect(DATA, sound))).toEqual(batches)
    expect(brief(inspect(DATA, sound.subarray(0, length), { withRecords: true }))).toEqual([
      "batch 10 at 0",
      "record 10 first",
      "record 11 second",
    ])
    const later = inspect(DATA, sound, { fromPosition: 2 * length })
    expect(brief(later)).toEqual([`batch 14 at ${2 * length}`])
    expect(inspect(DATA, "")).toEqual([])
  })

  it("a flipped bit is a wrong checksum", () => {
    const lines = inspect(
      DATA,
      withBytes((bytes) => bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1)),
    )
    expect(lines.at(-2)).toMatchObject({ type: "batch", baseOffset: 14, hasRightCrc: false })
    expect(lines.at(-1)).toMatchObject({
      type: "problem",
      position: 2 * length,
      text: "the checksum of the batch at offset 14 is wrong",
    })
  })

  it.each([
    ["magic 1 where 2 is due", (bytes: Buffer) => bytes.writeUInt8(1, length + 16)],
    ["length 12", (bytes: Buffer) => bytes.writeInt32BE(0, length + 8)],
    ["length -1", (bytes: Buffer) => bytes.writeInt32BE(-13, length + 8)],
    [
      `length 2147483659, the file has ${2 * length}`,
      (bytes: Buffer) => bytes.writeInt32BE(0x7fffffff, length + 8),
    ],
  ])("a place without a batch is passed over: %s", (what, change) => {
    const next = `the next batch is at position ${2 * length}`
    const text = `${length} bytes are no batch (${what}), ${next}`
    expect(brief(inspect(DATA, withBytes(change)))).toEqual([
      "batch 10 at 0",
      `problem ${length}: ${text}`,
      `batch 14 at ${2 * length}`,
    ])
  })

  it("every cut of the last batch is a batch cut short", () => {
    for (let cut = 1; cut < length; cut++) {
      const lines = inspect(DATA, sound.subarray(0, 2 * length + cut))
      expect(lines).toHaveLength(3)
      expect(lines[2]).toMatchObject({ type: "problem", position: 2 * length, isCutShort: true })
    }
  })

  it("zeros at the end are room that was taken in advance", () => {
    const lines = inspect(DATA, Buffer.concat([sound, Buffer.alloc(300_000)]))
    expect(lines.at(-1)).toMatchObject({ type: "note", position: 3 * length })
  })

  it("a batch whose offset does not ascend is a problem", () => {
    const lines = inspect(DATA, Buffer.concat([batchAt(9), batchAt(12), batchAt(12)]))
    expect(lines.filter(({ type }) => type === "problem")).toMatchObject([
      { position: 0, text: "the batch at offset 9 stands behind offset 9" },
      { position: 2 * length, text: "the batch at offset 12 stands behind offset 13" },
    ])
  })

  it("records that do not fit their batch are a problem", () => {
    const lines = inspect(
      DATA,
      withBytes((bytes) => bytes.writeInt32BE(1_000, 57)),
      { withRecords: true },
    )
    const problems = lines.filter(({ type }) => type === "problem")
    expect(problems.length).toBeGreaterThanOrEqual(2) // the checksum, and the count
    expect(brief(lines)).toContain("record 15 second")
  })

  it("bytes at random never make it throw", () => {
    let seed = 1
    const random = () => (seed = (seed * 48_271) % 0x7fffffff)
    for (let round = 0; round < 300; round++) {
      const bytes = withBytes((copy) => {
        for (let flips = 0; flips < 4; flips++) copy[random() % copy.length] = random() & 255
      })
      const lines = inspect(DATA, bytes, { withRecords: true })
      expect(lines.length).toBeGreaterThan(0)
    }
  })

  it("a file that is not there is a problem", () => {
    const lines = [...inspectFile(os, join(directory, "00000000000000000099.log"))]
    expect(lines).toEqual([{ type: "problem", position: 0, text: "cannot be read: ENOENT" }])
  })
})

describe("inspection of the other files", () => {
  it("an offset index, and what is wrong with it", () => {
    const entries = Buffer.alloc(27)
    ;[
      [3, 0],
      [8, 500],
      [8, 700],
    ].forEach(([offset, position], index) => {
      entries.writeInt32BE(offset!, index * 8)
      entries.writeInt32BE(position!, index * 8 + 4)
    })
    expect(inspect("00000000000000000100.index", entries)).toMatchObject([
      { type: "offset-entry", lastOffset: 103, position: 0 },
      { type: "offset-entry", lastOffset: 108, position: 500 },
      { type: "problem", position: 16, text: "entries do not ascend" },
      { type: "offset-entry", lastOffset: 108, position: 700 },
      { type: "problem", position: 24, text: "3 bytes at the end are not a whole entry of 8" },
    ])
    const unused = Buffer.concat([entries.subarray(0, 16), Buffer.alloc(80)])
    expect(inspect("00000000000000000100.index", unused)).toHaveLength(2)
  })

  it("a time index", () => {
    const entry = Buffer.alloc(12)
    entry.writeBigInt64BE(1_700_000_000_000n)
    entry.writeInt32BE(7, 8)
    expect(inspect("00000000000000000100.timeindex", entry)).toEqual([
      { type: "time-entry", timestamp: 1_700_000_000_000, offset: 107 },
    ])
  })

  it("a snapshot of producers", () => {
    const batches = [{ lastSequence: 4, lastOffset: 9, offsetDelta: 4, timestamp: 1 }]
    const entry = { producerId: 5, epoch: 1, batches, lastTimestamp: 1, coordinatorEpoch: -1 }
    const bytes = formatSnapshot([{ ...entry, transactionStart: -1 }], os.crc32c.bind(os))
    const name = "00000000000000000010.snapshot"
    expect(inspect(name, bytes)).toMatchObject([{ type: "producer", producerId: 5, epoch: 1 }])
    bytes.writeUInt8(1, bytes.length - 1)
    expect(inspect(name, bytes)).toMatchObject([{ type: "problem", text: "snapshot is damaged" }])
  })

  it.each([
    [
      "leader-epoch-checkpoint",
      "0\n1\n4 7\n",
      [{ type: "leader-epoch", epoch: 4, startOffset: 7 }],
    ],
    ["leader-epoch-checkpoint", "0\n2\n4 7\n", [{ type: "problem" }]],
    [
      "recovery-point-offset-checkpoint",
      "0\n1\nflights 2 4711\n",
      [{ type: "checkpoint", topic: "flights", partition: 2, offset: 4711 }],
    ],
    ["log-start-offset-checkpoint", "0\n1\nflights 2 x\n", [{ type: "problem", position: 4 }]],
    [
      "partition.metadata",
      "version: 0\ntopic_id: abc",
      [
        { type: "property", name: "version", value: "0" },
        { type: "property", name: "topic_id", value: "abc" },
      ],
    ],
    [
      "partition.metadata",
      "version: 0\nnonsense",
      [{ type: "property" }, { type: "problem", position: 11 }],
    ],
    [
      "meta.properties",
      "#comment\nnode.id=1\n",
      [{ type: "property", name: "node.id", value: "1" }],
    ],
    [".kafka_cleanshutdown", '{"version":0}', [{ type: "property", name: "version", value: "0" }]],
    [".kafka_cleanshutdown", "{", [{ type: "problem" }]],
    ["notes.txt", "hello", [{ type: "problem", text: "not a file of a log, by its name" }]],
  ])("%s with %j", (name, text, expected) => {
    expect(inspect(name, text)).toMatchObject(expected)
  })
})
