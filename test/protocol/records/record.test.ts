/** Records written by the builder and read back, and what damaged batches are answered with. */
import * as batch from "../../../protocol/records/batch.ts"
import { BatchBuilder, type NewRecord } from "../../../protocol/records/builder.ts"
import { type Compression, compressionNames } from "../../../protocol/records/compression/index.ts"
import { crc32c } from "../../../protocol/records/crc32c.ts"
import {
  BatchError,
  decodeRecords,
  RecordCursor,
  readBatches,
} from "../../../protocol/records/record.ts"

const T0 = 1_700_000_000_000

const awkward: NewRecord[] = [
  { key: "k", value: "v", timestamp: T0 },
  { timestamp: T0 + 5 },
  { key: null, value: Buffer.alloc(0), timestamp: T0 - 3_000_000_000 },
  { key: Buffer.alloc(64, 1), value: "x".repeat(200), timestamp: T0 + 4_000_000_000_000 },
  { key: "žluťoučký kůň 🐎", value: "日本語".repeat(40), timestamp: T0 },
  {
    key: "h",
    value: null,
    headers: [
      { key: "", value: null },
      { key: "ключ", value: "значение" },
      { key: "twice", value: Buffer.from([0, 255]) },
      { key: "twice", value: "" },
    ],
    timestamp: 0,
  },
]

function build(records: readonly NewRecord[], compression: Compression = "none"): Buffer {
  const builder = new BatchBuilder({ compression })
  for (const record of records) builder.append(record)
  return builder.build()
}

/** What reading `records` back from a batch with base offset 0 is to give. */
function expected(records: readonly NewRecord[]) {
  const bytes = (content: NewRecord["key"]) =>
    content == null ? null : Buffer.from(content as string)
  return records.map((record, index) => ({
    offset: index,
    timestamp: record.timestamp,
    key: bytes(record.key),
    value: bytes(record.value),
    headers: (record.headers ?? []).map(({ key, value }) => ({ key, value: bytes(value) })),
  }))
}

/** Writes the checksum of a batch whose bytes a test has changed. */
function reseal(bytes: Buffer): Buffer {
  batch.setCrc(bytes, 0, crc32c(bytes, 21, bytes.length - 21))
  return bytes
}

describe("records", () => {
  it.each(compressionNames)("come back as they were written: %s", (compression) => {
    const bytes = build(awkward, compression)
    expect(batch.compressionOf(batch.attributes(bytes, 0))).toBe(
      compressionNames.indexOf(compression),
    )
    expect([...decodeRecords(bytes, 0, { checkCrc: true })]).toEqual(expected(awkward))
  })

  it("have offsets and timestamps relative to the stamped base offset", () => {
    const bytes = build(awkward)
    batch.setBaseOffset(bytes, 0, 9_000_000_000)
    expect([...decodeRecords(bytes, 0)].map(({ offset }) => offset - 9_000_000_000)).toEqual([
      0, 1, 2, 3, 4, 5,
    ])
    expect(batch.lastOffset(bytes, 0)).toBe(9_000_000_005)
  })

  it("of a LogAppendTime batch all have the append time", () => {
    const bytes = build(awkward)
    batch.setLogAppendTime(bytes, 0, T0 + 77)
    for (const record of decodeRecords(reseal(bytes), 0, { checkCrc: true }))
      expect(record.timestamp).toBe(T0 + 77)
  })

  it("of several batches are read in one go, without control batches and the cut tail", () => {
    const first = build(awkward.slice(0, 2))
    const marker = new BatchBuilder({ isControl: true, isTransactional: true })
    marker.append({ key: Buffer.alloc(4), value: Buffer.alloc(6), timestamp: T0 })
    const second = build(awkward.slice(2))
    batch.setBaseOffset(second, 0, 3)
    const all = Buffer.concat([first, marker.build(), second, build(awkward).subarray(0, 100)])
    expect([...readBatches(all)].map(({ offset }) => offset)).toEqual([0, 1, 3, 4, 5, 6])
  })

  it("lengths at the borders of their varints survive", () => {
    for (const length of [63, 64, 65, 8191, 8192, 1_048_575, 1_048_576, 1_048_577]) {
      const value = Buffer.alloc(length, length & 0xff)
      const [record] = decodeRecords(build([{ value, timestamp: T0 }]), 0)
      expect(record!.value!.equals(value)).toBe(true)
    }
  })

  it("timestamp deltas at the borders of their varints survive, both signs", () => {
    const deltas = [0, 63, 64, 8191, 8192, 2 ** 27, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 35, 2 ** 42]
    const all = [...deltas, ...deltas.map((delta) => -delta - 1), 2 ** 51, -(2 ** 51)]
    const records = [0, ...all].map((delta) => ({ value: "", timestamp: delta }))
    expect([...decodeRecords(build(records), 0)].map(({ timestamp }) => timestamp)).toEqual([
      0,
      ...all,
    ])
  })
})

describe("a cursor", () => {
  it("gives headers again when asked again, and goes on behind them", () => {
    const records = [awkward[5]!, awkward[0]!]
    const cursor = new RecordCursor(build(records), 0)
    expect(cursor.next()).toBe(true)
    expect(cursor.headers()).toEqual(cursor.headers())
    expect(cursor.next()).toBe(true)
    expect(cursor.key()).toEqual(Buffer.from("k"))
    expect(cursor.next()).toBe(false)
    expect(cursor.next()).toBe(false)
  })
})

describe("a damaged batch is refused", () => {
  const read =
    (bytes: Buffer, checkCrc = false) =>
    () => [...decodeRecords(bytes, 0, { checkCrc })]

  it("with a changed byte anywhere behind the checksum", () => {
    const bytes = build(awkward)
    for (let at = 17; at < bytes.length; at++) {
      bytes[at]! ^= 0x10
      expect(read(bytes, true)).toThrow(BatchError)
      bytes[at]! ^= 0x10
    }
  })

  it("of another version, with an unknown codec, or cut short", () => {
    const bytes = build(awkward)
    bytes[16] = 1
    expect(read(bytes)).toThrow("version 1")
    bytes[16] = 2
    bytes[22] = 5
    expect(read(bytes)).toThrow("unknown codec 5")
    expect(read(build(awkward).subarray(0, 200))).toThrow("cut short")
  })

  it("that claims more records than its bytes can hold, before any is read", () => {
    for (const count of [2_147_483_647, 7, -1]) {
      const bytes = build([{ timestamp: T0 }])
      bytes.writeInt32BE(count, 57)
      expect(read(bytes)).toThrow(BatchError)
    }
  })

  it("that holds fewer records than its bytes", () => {
    const bytes = build(awkward)
    bytes.writeInt32BE(awkward.length - 1, 57)
    expect(read(bytes)).toThrow("bytes left")
  })

  it("whatever byte of its records is changed: an error or records, never anything else", () => {
    const original = build(awkward)
    for (let at = batch.BATCH_OVERHEAD; at < original.length; at++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(original)
        bytes[at]! ^= flip
        try {
          for (const record of decodeRecords(bytes, 0))
            expect((record.value?.length ?? 0) + (record.key?.length ?? 0)).toBeLessThan(
              original.length,
            )
        } catch (error) {
          expect(error).toBeInstanceOf(BatchError)
        }
      }
  })

  it.each(compressionNames.slice(1))("whose %s bytes are damaged", (compression) => {
    const bytes = build(awkward, compression)
    bytes.fill(0xa5, batch.BATCH_OVERHEAD)
    expect(read(bytes)).toThrow(BatchError)
  })

  it("with a length field that no batch can have", () => {
    const bytes = build(awkward)
    bytes.writeInt32BE(10, 8)
    expect(() => [...readBatches(bytes)]).toThrow(BatchError)
  })
})
