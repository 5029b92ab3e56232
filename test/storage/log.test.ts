/** A log: append, read, roll, time, transactions, truncation, retention. */
import { setTimeout } from "node:timers/promises"
import { createSimulatedOs } from "../../native/simulated/index.ts"
import { buildMarker } from "../../protocol/records/control.ts"
import type { Log } from "../../storage/log.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import {
  append,
  batchOf,
  closed,
  createLog,
  houses,
  NOW,
  openHouse,
  openManager,
  readAll,
  temporaryDirectory,
  valuesOf,
} from "./fixture.ts"

describe.each(houses)("log on %s", (house) => {
  const os = openHouse(house)
  const test = os === undefined ? it.skip : it
  afterAll(() => os?.close())

  test("gives back what was appended, before and after a restart", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    const log = createLog(manager, { segmentBytes: 2000 })
    const expected: string[] = []
    for (let index = 0; index < 100; index++) {
      const values = [`a${index}`, `b${index}`]
      expected.push(...values)
      expect(append(log, batchOf(values))).toMatchObject({ ok: true, baseOffset: index * 2 })
    }
    expect(valuesOf(readAll(os!, log))).toEqual(expected)
    expect(log.segments.count).toBeGreaterThan(3)
    await closed(manager)
    const again = openManager(os!, directory.path)
    const reopened = again.find("flights", 0)!
    expect(valuesOf(readAll(os!, reopened))).toEqual(expected)
    expect(append(reopened, batchOf(["c"]))).toMatchObject({ ok: true, baseOffset: 200 })
    await closed(again)
  })

  test("calls back after a sync, never inside of append", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    const log = createLog(manager, { durability: "fsync" })
    const done: unknown[] = []
    append(log, batchOf(["a"]))
    log.whenDurable(1, (failure) => done.push(failure))
    expect(done).toEqual([])
    expect(log.durableOffset).toBe(0)
    while (done.length === 0) await setTimeout(1)
    expect(done).toEqual([undefined])
    expect(log.durableOffset).toBe(1)
    await closed(manager)
  })

  test("indexes that grow keep their entries", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    const log = createLog(manager, { indexIntervalBytes: 1 })
    for (let index = 0; index < 3000; index++)
      append(log, batchOf([`${index}`], { timestamp: NOW + index }))
    expect(log.segments.active.offsets.count).toBe(3000)
    for (const index of [0, 1, 511, 512, 513, 1700, 2999])
      expect(log.offsetForTimestamp(NOW + index)).toMatchObject({ offset: index })
    expect(valuesOf(readAll(os!, log, { maxBytes: 50_000 }))).toHaveLength(3000)
    await closed(manager)
  })
})

function openLog(overrides: Partial<LogConfig> = {}) {
  const os = createSimulatedOs({ seed: 3 })
  const manager = openManager(os, "/data")
  return { os, manager, log: createLog(manager, overrides) }
}

const basesOf = (log: Log) => Array.from(log.segments, ({ baseOffset }) => baseOffset)

describe("rolling", () => {
  it("before a segment would outgrow its size", () => {
    const { log } = openLog({ segmentBytes: 300 })
    for (let index = 0; index < 5; index++) append(log, batchOf(["v".repeat(50)]))
    expect(basesOf(log)).toEqual([0, 2, 4])
    for (const segment of log.segments) expect(segment.sizeBytes).toBeLessThanOrEqual(300)
  })

  it("when the timestamps of a segment span more than segment.ms", () => {
    const { log } = openLog({ segmentMs: 1000 })
    for (const timestamp of [0, 500, 1000, 1001, 1500, 2002])
      append(log, batchOf(["a"], { timestamp: NOW + timestamp }))
    expect(basesOf(log)).toEqual([0, 3, 5])
  })

  it("when an index is full", () => {
    const { log } = openLog({ indexIntervalBytes: 1, indexMaxBytes: 48 })
    for (let index = 0; index < 9; index++) append(log, batchOf(["a"], { timestamp: NOW + index }))
    expect(basesOf(log)).toEqual([0, 4, 8])
  })

  it.each(["kill", "close"])("preallocated segments end with their data after a %s", (how) => {
    const { os, manager, log } = openLog({ preallocate: true, segmentBytes: 3000 })
    for (let index = 0; index < 30; index++) append(log, batchOf(["v".repeat(100)]))
    const sizeOf = (base: number) => {
      const stat = os.files.stat(`${log.directory}/${String(base).padStart(20, "0")}.log`)
      return typeof stat === "number" ? stat : stat.size
    }
    expect(sizeOf(log.segments.first.baseOffset)).toBe(log.segments.first.sizeBytes)
    expect(sizeOf(log.segments.active.baseOffset)).toBe(3000)
    if (how === "kill") os.kill()
    else {
      manager.close(() => {})
      os.runUntilIdle()
      expect(sizeOf(log.segments.active.baseOffset)).toBe(log.segments.active.sizeBytes)
    }
    const next = os.restart()
    const again = openManager(next, "/data").find("flights", 0)!
    expect(readAll(next, again)).toHaveLength(30)
    expect(append(again, batchOf(["next"]))).toMatchObject({ ok: true, baseOffset: 30 })
  })

  it("an empty segment is not rolled", () => {
    const { log } = openLog()
    expect(log.roll()).toBeUndefined()
    expect(log.segments.count).toBe(1)
  })
})

describe("timestamps", () => {
  it("the first record at or after one is found, within batches and compressed too", () => {
    const { log } = openLog({ segmentBytes: 3000 })
    const model: { offset: number; timestamp: number }[] = []
    for (let index = 0; index < 60; index++) {
      // Now and then time goes back.
      const timestamp = NOW + index * 100 - (index % 7 === 0 ? 350 : 0)
      const compression = index % 2 === 0 ? "zstd" : "none"
      append(log, batchOf(["a".repeat(99), "b", "c"], { timestamp, compression }))
      for (let n = 0; n < 3; n++) model.push({ offset: model.length, timestamp: timestamp + n })
    }
    for (let timestamp = NOW - 400; timestamp < NOW + 6100; timestamp += 7) {
      const expected = model.find((record) => record.timestamp >= timestamp)
      const found = log.offsetForTimestamp(timestamp)
      expect(found && { offset: found.offset, timestamp: found.timestamp }).toEqual(expected)
    }
    expect(log.maxTimestampOffset()).toEqual({ ...model.at(-1)!, leaderEpoch: 0 })
  })

  it("an empty log has none", () => {
    const { log } = openLog()
    expect([log.offsetForTimestamp(0), log.maxTimestampOffset()]).toEqual([undefined, undefined])
  })
})

describe("transactions", () => {
  const producer = (producerId: number, baseSequence: number) => ({
    ...{ producerId, producerEpoch: 0, baseSequence, isTransactional: true },
  })
  const end = (log: Log, type: "commit" | "abort", producerId: number) => {
    const options = { type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: NOW }
    return append(log, buildMarker(options), { origin: "coordinator" })
  }

  it("hold the last stable offset back; aborted ones are listed", () => {
    const { log } = openLog()
    append(log, batchOf(["plain"])) // 0
    append(log, batchOf(["a", "b"], producer(1, 0))) // 1 2
    append(log, batchOf(["c"], producer(2, 0))) // 3
    expect(log.lastStableOffset).toBe(1)
    end(log, "abort", 1) // 4
    expect(log.lastStableOffset).toBe(3)
    append(log, batchOf(["d"])) // 5
    end(log, "commit", 2) // 6
    expect(log.lastStableOffset).toBe(7)
    const aborted = [{ producerId: 1, firstOffset: 1 }]
    expect(log.abortedTransactions(0, 7)).toEqual(aborted)
    expect(log.abortedTransactions(2, 3)).toEqual(aborted)
    expect(log.abortedTransactions(5, 7)).toEqual([])
    expect(log.abortedTransactions(0, 1)).toEqual([])
  })

  it("are the same after a kill, also those still open", () => {
    const { os, log } = openLog({ segmentBytes: 400 })
    for (let round = 0; round < 12; round++) {
      append(log, batchOf(["a".repeat(60)], producer(round % 3, Math.floor(round / 3))))
      if (round % 2 === 0) end(log, round % 4 === 0 ? "abort" : "commit", round % 3)
    }
    const before = [log.lastStableOffset, log.abortedTransactions(0, log.logEndOffset)]
    expect(before[1]).not.toEqual([])
    expect(log.lastStableOffset).toBeLessThan(log.logEndOffset)
    os.kill()
    const again = openManager(os.restart(), "/data").find("flights", 0)!
    expect([again.lastStableOffset, again.abortedTransactions(0, again.logEndOffset)]).toEqual(
      before,
    )
  })

  it("with fsync, a marker counts when it is on disk", () => {
    const { os, log } = openLog({ durability: "fsync" })
    append(log, batchOf(["a"], producer(1, 0)))
    end(log, "commit", 1)
    expect(log.lastStableOffset).toBe(0)
    os.runUntilIdle()
    expect(log.lastStableOffset).toBe(2)
  })
})

describe("truncation", () => {
  it("cuts records, producers and epochs, and appends go on", () => {
    const { os, log } = openLog({ segmentBytes: 400 })
    for (let index = 0; index < 20; index++) {
      const producer = { producerId: 1, producerEpoch: 0, baseSequence: index }
      append(log, batchOf([`${index}`.repeat(40)], producer), {
        leaderEpoch: Math.floor(index / 5),
      })
    }
    expect(log.truncateTo(11)).toEqual({ ok: true })
    expect(log.logEndOffset).toBe(11)
    expect(readAll(os, log)).toHaveLength(11)
    expect(log.leaderEpoch).toBe(2)
    expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 10 })
    const batch = (baseSequence: number) =>
      batchOf(["x"], { producerId: 1, producerEpoch: 0, baseSequence })
    expect(append(log, batch(15))).toMatchObject({ ok: false, reason: "out-of-order-sequence" })
    expect(append(log, batch(11))).toMatchObject({ ok: true, baseOffset: 11 })
    expect(readAll(os, log)).toHaveLength(12)
  })
})

describe("retention", () => {
  it("by size and by time; the start of the log follows", () => {
    const { log } = openLog({ segmentBytes: 400, durability: "memory" })
    for (let index = 0; index < 20; index++)
      append(log, batchOf(["v".repeat(40)], { timestamp: NOW + index * 1000 }))
    const { sizeBytes } = log
    log.updateConfig({ ...log.config, retentionBytes: sizeBytes - 600, retentionMs: -1 })
    log.enforceRetention(NOW)
    expect(log.logStartOffset).toBe(log.segments.first.baseOffset)
    expect(log.logStartOffset).toBeGreaterThan(0)
    log.updateConfig({ ...log.config, retentionBytes: -1, retentionMs: 5000 })
    log.enforceRetention(NOW + 20_000)
    expect(log.logStartOffset).toBeGreaterThan(10)
    expect(log.logEndOffset).toBe(20)
    log.enforceRetention(NOW + 99_000)
    expect([log.logStartOffset, log.sizeBytes]).toEqual([20, 0])
    expect(append(log, batchOf(["next"]))).toMatchObject({ ok: true, baseOffset: 20 })
  })

  it("closes what nobody reads", () => {
    const { os, log } = openLog({ segmentBytes: 400, durability: "memory" })
    for (let index = 0; index < 20; index++) append(log, batchOf(["v".repeat(40)]))
    readAll(os, log)
    const busy = os.files.openCount
    log.enforceRetention(NOW)
    log.enforceRetention(NOW)
    expect(os.files.openCount).toBeLessThan(busy - 3)
    expect(readAll(os, log)).toHaveLength(20)
  })
})
