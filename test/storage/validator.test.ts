/** What a log refuses, and that nothing of it is written. */

import { createSimulatedOs } from "../../native/simulated/index.ts"
import * as batch from "../../protocol/records/batch.ts"
import { buildMarker } from "../../protocol/records/control.ts"
import { crc32c } from "../../protocol/records/crc32c.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import { hasSoundFraming } from "../../storage/validator.ts"
import { append, batchOf, createLog, NOW, openManager, readAll } from "./fixture.ts"

function withCrc(bytes: Buffer): Buffer {
  const from = batch.BatchField.attributes
  batch.setCrc(bytes, 0, crc32c(bytes, from, bytes.length - from))
  return bytes
}

/** A batch with some bytes changed, whose checksum is right again. */
function changed(change: (bytes: Buffer) => void, bytes = batchOf(["a", "b", "c"])): Buffer {
  change(bytes)
  return withCrc(bytes)
}

function openLog(overrides: Partial<LogConfig> = {}) {
  const os = createSimulatedOs({ seed: 1 })
  return { os, log: createLog(openManager(os, "/data"), overrides) }
}

const { BatchField } = batch
const attributesOr = (bits: number) => (bytes: Buffer) => {
  bytes[BatchField.attributes + 1]! |= bits
}

describe("refused batches", () => {
  const cases: [string, string, Buffer, Partial<LogConfig>?][] = [
    ["no bytes", "corrupt-batch", Buffer.alloc(0)],
    ["a header cut short", "corrupt-batch", batchOf(["a"]).subarray(0, 60)],
    ["fewer bytes than announced", "corrupt-batch", batchOf(["a", "b"]).subarray(0, 70)],
    [
      "more bytes than announced",
      "corrupt-batch",
      Buffer.concat([batchOf(["a"]), Buffer.alloc(1)]),
    ],
    ["two batches", "corrupt-batch", Buffer.concat([batchOf(["a"]), batchOf(["a"])])],
    ["message format 1", "unsupported-magic", changed((bytes) => void (bytes[16] = 1))],
    ["no records", "invalid-record", changed((bytes) => bytes.writeInt32BE(0, 57))],
    ["a negative count", "invalid-record", changed((bytes) => bytes.writeInt32BE(-1, 57))],
    ["a count beyond the offsets", "invalid-record", changed((bytes) => bytes.writeInt32BE(2, 57))],
    ["offsets beyond the records", "invalid-record", changed((bytes) => bytes.writeInt32BE(9, 23))],
    ["unknown compression", "invalid-record", changed(attributesOr(5))],
    ["control records of a client", "invalid-record", changed(attributesOr(0x30))],
    ["LogAppendTime of a client", "invalid-timestamp", changed(attributesOr(0x08))],
    [
      "a timestamp too far ahead",
      "invalid-timestamp",
      batchOf(["a"], { timestamp: NOW + 3_600_001 }),
    ],
    [
      "a timestamp too far behind",
      "invalid-timestamp",
      batchOf(["a"], { timestamp: NOW - 1001 }),
      { timestampBeforeMaxMs: 1000 },
    ],
    ["more than max.message.bytes", "record-too-large", batchOf(["a"]), { maxMessageBytes: 70 }],
    [
      "a producer id without sequence",
      "invalid-record",
      batchOf(["a"], { producerId: 3, producerEpoch: 0, baseSequence: -1 }),
    ],
    [
      "no key in a compacted topic",
      "invalid-record",
      batchOf(["a"], { key: null }),
      { cleanupPolicy: ["compact"] },
    ],
    [
      "no key, compressed, in a compacted topic",
      "invalid-record",
      batchOf(["a"], { key: null, compression: "gzip" }),
      { cleanupPolicy: ["delete", "compact"] },
    ],
    [
      "a record longer than the batch",
      "invalid-record",
      changed((bytes) => void (bytes[61] = 0x7e)),
    ],
    [
      "offset deltas that do not ascend",
      "invalid-record",
      changed((bytes) => void (bytes[64] = 4)),
    ],
  ]

  const named = cases.map(([name, reason, bytes, overrides = {}]) => ({
    ...{ name, reason, bytes, overrides },
  }))

  it.each(named)("$name: $reason", ({ reason, bytes, overrides }) => {
    const { log } = openLog(overrides)
    expect(append(log, bytes)).toMatchObject({ ok: false, reason })
    expect([log.logEndOffset, log.sizeBytes]).toEqual([0, 0])
    expect(append(log, batchOf(["fine"], { timestamp: NOW }))).toMatchObject(
      overrides.maxMessageBytes ? { ok: false } : { ok: true, baseOffset: 0 },
    )
  })

  it("a wrong checksum, for either timestamp type", () => {
    for (const timestampType of ["CreateTime", "LogAppendTime"] as const) {
      const { log } = openLog({ timestampType })
      const bytes = batchOf(["a"])
      bytes[bytes.length - 1]! ^= 1
      expect(append(log, bytes)).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/corrupt|invalid/),
      })
      expect(log.logEndOffset).toBe(0)
    }
  })

  it("every keyless record is named", () => {
    const { log } = openLog({ cleanupPolicy: ["compact"] })
    const result = append(log, batchOf(["a", "b"], { key: null }))
    expect(result).toMatchObject({ recordErrors: [{ batchIndex: 0 }, { batchIndex: 1 }] })
  })

  it("the control batch of a coordinator is none of them", () => {
    const { log } = openLog()
    const marker = { type: "commit", producerId: 1, producerEpoch: 0, coordinatorEpoch: 0 } as const
    const bytes = buildMarker({ ...marker, timestamp: NOW })
    expect(append(log, bytes, { origin: "coordinator" })).toMatchObject({ ok: true })
  })
})

describe("stored batches", () => {
  it("CreateTime: verbatim but for base offset and leader epoch", () => {
    const { os, log } = openLog()
    append(log, batchOf(["first"]))
    const bytes = batchOf(["a", "b"], { compression: "lz4", timestamp: NOW - 5 })
    expect(append(log, bytes, { leaderEpoch: 7 })).toMatchObject({
      baseOffset: 1,
      logAppendTimeMs: -1,
    })
    const request = { offset: 1, maxBytes: 1000, endOffset: 3, wholeFirstBatch: true }
    const read = log.read(request)
    if (!read.ok || read.slice === undefined) throw new Error("nothing")
    const stored = Buffer.alloc(read.slice.length)
    os.files.read(read.slice.fd, stored, 0, stored.length, read.slice.position)
    expect([batch.baseOffset(stored, 0), batch.leaderEpoch(stored, 0)]).toEqual([1, 7])
    expect(stored.subarray(16)).toEqual(bytes.subarray(16))
  })

  it("LogAppendTime: stamped, with a checksum that fits", () => {
    const { os, log } = openLog({ timestampType: "LogAppendTime" })
    const result = append(log, batchOf(["a", "b"], { timestamp: 5 }), { nowMs: NOW })
    expect(result).toMatchObject({ ok: true, logAppendTimeMs: NOW })
    expect(readAll(os, log).map(({ timestamp }) => timestamp)).toEqual([NOW, NOW])
    expect(log.offsetForTimestamp(NOW)).toEqual({ offset: 0, timestamp: NOW, leaderEpoch: 0 })
  })

  it("the base offset a client sends means nothing", () => {
    const { log } = openLog()
    const bytes = batchOf(["a"])
    batch.setBaseOffset(bytes, 0, 12345)
    expect(append(log, bytes)).toMatchObject({ ok: true, baseOffset: 0 })
  })
})

describe("framing", () => {
  it("any byte of the framing changed is noticed, or changes no framing", () => {
    const bytes = batchOf(Array.from({ length: 70 }, (_, index) => "v".repeat(index * 7)))
    expect(hasSoundFraming(bytes, 0, bytes.length)).toBe(true)
    for (let length = 61; length < bytes.length; length++)
      expect(hasSoundFraming(bytes.subarray(0, length), 0, length)).toBe(false)
    for (let at = 61; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] = 0xff
      expect(typeof hasSoundFraming(damaged, 0, damaged.length)).toBe("boolean")
    }
  })
})
