/** Batches made by other implementations; see test/golden/records/README.md for their origin. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as batch from "../../../protocol/records/batch.ts"
import { findMarker } from "../../../protocol/records/control.ts"
import { decodeRecords, type Record, readBatches } from "../../../protocol/records/record.ts"

const read = (name: string) => readFileSync(join(__dirname, "../../golden/records", name))
const T0 = 1_700_000_000_000

/** A record with its bytes as text. */
function plain({ offset, timestamp, key, value, headers }: Record) {
  return {
    offset,
    timestamp,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: headers.map((header) => [header.key, header.value?.toString() ?? null]),
  }
}

/** What the Java program wrote; less of it where nothing is compressed. */
function javaRecords(isSmall: boolean) {
  const records = [
    { timestamp: T0, key: "key", value: "value", headers: [] },
    { timestamp: T0 + 5, key: null, value: "", headers: [] },
    {
      timestamp: T0 - 1000,
      key: "klíč",
      value: null,
      headers: [
        ["h1", "v1"],
        ["", null],
        ["h1", ""],
      ],
    },
    ...Array.from({ length: isSmall ? 10 : 300 }, (_, i) => ({
      timestamp: T0 + i * 1000,
      key: `user-${i % 7}`,
      value: `a line of text that repeats, number ${i}, `.repeat((i % 5) + 1),
      headers: [],
    })),
    {
      timestamp: T0 + 1,
      key: "big",
      value: "0123456789abcdef".repeat(isSmall ? 40 : 4096),
      headers: [],
    },
  ]
  return records.map((record, offset) => ({ offset, ...record }))
}

describe("batches of Apache Kafka's Java client", () => {
  it.each(["none", "gzip", "snappy", "lz4", "zstd"])("%s", (codec) => {
    const bytes = read(`java-${codec}.bin`)
    const records = [...decodeRecords(bytes, 0, { checkCrc: true })].map(plain)
    expect(records).toEqual(javaRecords(codec === "none"))
  })

  it("the fields of the header", () => {
    const bytes = read("java-zstd.bin")
    expect([...batch.batches(bytes, 0, bytes.length)]).toEqual([0])
    expect(batch.leaderEpoch(bytes, 0)).toBe(3)
    expect(batch.producerId(bytes, 0)).toBe(4_000_000_001)
    expect(batch.producerEpoch(bytes, 0)).toBe(7)
    expect(batch.baseSequence(bytes, 0)).toBe(11)
    expect(batch.recordCount(bytes, 0)).toBe(304)
    expect(batch.lastOffset(bytes, 0)).toBe(303)
    expect(batch.baseTimestamp(bytes, 0)).toBe(T0)
    expect(batch.maxTimestamp(bytes, 0)).toBe(T0 + 299_000)
  })

  it("LogAppendTime", () => {
    const times = [...decodeRecords(read("java-append-time.bin"), 0, { checkCrc: true })]
    expect(new Set(times.map(({ timestamp }) => timestamp))).toEqual(new Set([1_700_000_009_999]))
  })

  it.each(["commit", "abort"] as const)("the marker of a transaction: %s", (type) => {
    const bytes = read(`java-${type}.bin`)
    expect(findMarker(bytes, 0)).toEqual({ type, coordinatorEpoch: 9 })
    expect([...readBatches(bytes, { checkCrc: true })]).toEqual([])
  })
})

describe("batches of librdkafka", () => {
  it.each(["gzip", "snappy", "lz4", "zstd"])("%s", (codec) => {
    const records = [...readBatches(read(`librdkafka-${codec}.bin`), { checkCrc: true })]
    const expected = Array.from({ length: 400 }, (_, i) => ({
      offset: i,
      key: `k${i % 9}`,
      // The input line was repeated with its key; the first colon ends the key.
      value: `k${i % 9}:a line of text that repeats, number ${i}, `.repeat((i % 4) + 1).slice(3),
    }))
    expected.push({ offset: 400, key: "big", value: "0123456789abcdef".repeat(5000) })
    expect(
      records.map((record) => {
        const { offset, key, value } = plain(record)
        return { offset, key, value }
      }),
    ).toEqual(expected)
    expect(plain(records[7]!).headers).toEqual([["origin", "kcat"]])
  })
})

describe("batches of kafkajs", () => {
  it.each(["none", "gzip"])("%s", (codec) => {
    const records = [...decodeRecords(read(`kafkajs-${codec}.bin`), 0, { checkCrc: true })]
    expect(records.map(plain)).toEqual([
      { offset: 0, timestamp: T0, key: "key", value: "value", headers: [] },
      { offset: 1, timestamp: T0 + 5, key: null, value: "", headers: [] },
      {
        offset: 2,
        timestamp: T0 - 1000,
        key: "klíč",
        value: null,
        headers: [
          ["h1", "v1"],
          ["h2", "a"],
          ["h2", "b"],
        ],
      },
    ])
  })
})
