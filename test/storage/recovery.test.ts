/** Opening a log after its directory has seen bad times. */
import { createSimulatedOs, type SimulatedOs } from "../../native/simulated/index.ts"
import * as batch from "../../protocol/records/batch.ts"
import { segmentPath } from "../../storage/layout.ts"
import type { Log } from "../../storage/log.ts"
import {
  append,
  batchOf,
  collectLines,
  createLog,
  openManager,
  readAll,
  valuesOf,
} from "./fixture.ts"

const CONFIG = { segmentBytes: 30_000, durability: "os" } as const
const PATH = "/data/flights-0"

/** One life of a broker: some records in a few segments. */
class World {
  os: SimulatedOs = createSimulatedOs({ seed: 7 })
  manager = openManager(this.os, "/data", { config: CONFIG })
  log: Log = createLog(this.manager, CONFIG)
  lines = collectLines()
  values: string[] = []

  constructor(options: { isSynced?: boolean } = {}) {
    for (let index = 0; index < 200; index++) this.add(`${index}-`.repeat(150))
    if (options.isSynced) {
      this.log.flush(() => {})
      this.os.advance(61_000) // a checkpoint is written
    }
  }

  add(value: string): void {
    const result = append(this.log, batchOf([value]))
    if (!result.ok) throw new Error(result.reason)
    this.values.push(value)
  }

  stopCleanly(): void {
    let isDone = false
    this.manager.close(() => void (isDone = true))
    this.os.runUntilIdle()
    expect(isDone).toBe(true)
    this.os = this.os.restart()
  }

  kill(): void {
    this.os.kill()
    this.os = this.os.restart()
  }

  reopen(): void {
    this.lines = collectLines()
    this.manager = openManager(this.os, "/data", { config: CONFIG, lines: this.lines })
    this.log = this.manager.find("flights", 0)!
  }

  get bases(): number[] {
    return Array.from(this.log.segments, ({ baseOffset }) => baseOffset)
  }

  /** Changes a file while nobody runs. */
  edit(path: string, change: (bytes: Buffer) => Buffer): void {
    const { files } = this.os
    const fd = files.open(path, "write")
    const bytes = Buffer.alloc(files.size(fd))
    files.read(fd, bytes, 0, bytes.length, 0)
    const changed = change(bytes)
    files.truncate(fd, 0)
    files.write(fd, changed, 0, changed.length, 0)
    files.close(fd)
  }

  get dataFiles(): Map<number, Buffer> {
    const files = new Map<number, Buffer>()
    for (const base of this.bases)
      this.edit(segmentPath(PATH, base, "data"), (bytes) => {
        files.set(base, Buffer.from(bytes))
        return bytes
      })
    return files
  }

  /** Later starts, after checkpoints and orderly stops, find the damage again and leave it. */
  expectOfflineForever(): void {
    const before = this.dataFiles
    for (const stop of ["checkpoint and kill", "close"]) {
      if (stop === "close") this.stopCleanly()
      else {
        this.os.advance(61_000)
        this.kill()
      }
      this.reopen()
      expect(this.log.isOffline).toBe(true)
      expect(this.log.isDamaged).toBe(true)
      expect(this.dataFiles).toEqual(before)
    }
  }

  /** All that was appended up to the end of the log is there. */
  expectRecords(count: number): void {
    expect(this.log.logEndOffset).toBe(count)
    expect(valuesOf(readAll(this.os, this.log))).toEqual(this.values.slice(0, count))
    const early = readAll(this.os, this.log, { maxBytes: 20_000, mayStartEarly: true })
    expect(valuesOf(early)).toEqual(this.values.slice(0, count))
  }
}

describe("after kill -9", () => {
  it("everything is there, and appends go on", () => {
    const world = new World()
    world.kill()
    world.reopen()
    world.expectRecords(200)
    world.add("next")
    world.expectRecords(201)
    expect(world.lines.texts.filter((text) => !text.startsWith("info"))).toEqual([])
  })

  const tails: [string, (bytes: Buffer) => Buffer][] = [
    ["a batch cut in its records", (bytes) => bytes.subarray(0, bytes.length - 10)],
    [
      "a batch cut in its header",
      (bytes) => bytes.subarray(0, bytes.length - lastBatch(bytes).length + 30),
    ],
    [
      "a batch of which only zeros were written",
      (bytes) => zeroed(bytes, lastBatch(bytes).at, bytes.length),
    ],
    [
      "a batch with a hole in its records",
      (bytes) => zeroed(bytes, bytes.length - 50, bytes.length - 20),
    ],
    [
      "a batch with a wrong leader epoch",
      (bytes) => edited(bytes, (at) => bytes.writeInt32BE(-5, at + 12)),
    ],
    ["an offset a second time", (bytes) => edited(bytes, (at) => bytes.writeInt32BE(5, at + 4))],
    [
      "an offset that leaves a gap",
      (bytes) => edited(bytes, (at) => bytes.writeInt32BE(9999, at + 4)),
    ],
  ]

  it.each(tails)("%s: the tail is cut and said so", (_name, damage) => {
    const world = new World()
    const last = world.bases.at(-1)!
    world.kill()
    world.edit(segmentPath(PATH, last, "data"), (bytes) => damage(bytes))
    world.reopen()
    world.expectRecords(199)
    expect(world.lines.texts).toContain("warn: torn tail cut")
    world.values.length = 199
    world.add("instead")
    world.expectRecords(200)
  })

  it("zeros behind the last batch are cut", () => {
    const world = new World()
    const path = segmentPath(PATH, world.bases.at(-1)!, "data")
    world.kill()
    world.edit(path, (bytes) => Buffer.concat([bytes, Buffer.alloc(100_000)]))
    world.reopen()
    world.expectRecords(200)
    expect(world.log.sizeBytes).toBeLessThan(200_000)
  })

  it("damage that was never synced takes what is behind it along", () => {
    const world = new World()
    const [, base] = world.bases
    world.kill()
    world.edit(segmentPath(PATH, base!, "data"), (bytes) => zeroed(bytes, 5000, 5100))
    world.reopen()
    expect(world.log.logEndOffset).toBeGreaterThan(base!)
    expect(world.log.logEndOffset).toBeLessThan(world.values.length / 2)
    world.expectRecords(world.log.logEndOffset)
    expect(world.lines.texts.join()).toMatch(/segment behind the torn tail removed/)
  })
})

describe("damage below the recovery point", () => {
  it("stays where it is and takes the log offline", () => {
    const world = new World({ isSynced: true })
    const before = world.bases
    world.kill()
    // The checkpoint is older than the last segment, so that the one before it is read, too.
    world.edit("/data/recovery-point-offset-checkpoint", () =>
      Buffer.from(`0\n1\nflights 0 ${before.at(-1)! - 1}\n`),
    )
    const path = segmentPath(PATH, before.at(-2)!, "data")
    world.edit(path, (bytes) => zeroed(bytes, 5000, 5100))
    world.reopen()
    expect(world.log.isOffline).toBe(true)
    expect(world.bases).toEqual(before)
    expect(append(world.log, batchOf(["x"]))).toMatchObject({ reason: "storage-failure" })
    const request = { offset: 0, maxBytes: 10, endOffset: 1, wholeFirstBatch: true }
    expect(world.log.read(request)).toMatchObject({ ok: false, reason: "storage-failure" })
    expect(world.lines.texts.join()).toMatch(/error: .*damaged at position \d+, offset \d+/)
    const stat = world.os.files.stat(path)
    expect(stat).toMatchObject({ size: expect.any(Number) })
    world.expectOfflineForever()
  })

  it("in the last segment, before the log start, moves neither end nor start", () => {
    const world = new World({ isSynced: true })
    world.log.deleteRecordsBefore(199)
    world.os.advance(61_000)
    const last = world.bases.at(-1)!
    expect(last).toBeLessThan(199)
    world.kill()
    world.edit(segmentPath(PATH, last, "data"), (bytes) => zeroed(bytes, 0, 100))
    world.reopen()
    expect(world.log.isOffline).toBe(true)
    world.expectOfflineForever()
    expect(world.log.logStartOffset).toBe(199)
  })

  it("without a recovery point, only the last segment may be cut", () => {
    const world = new World({ isSynced: true })
    const [first] = world.bases
    world.kill()
    world.os.files.unlink("/data/recovery-point-offset-checkpoint")
    world.edit(segmentPath(PATH, first!, "data"), (bytes) => zeroed(bytes, 5000, 5100))
    world.reopen()
    expect(world.log.isOffline).toBe(true)
    world.expectOfflineForever()
  })
})

describe("after a clean stop", () => {
  it("opens without reading what is old", () => {
    const world = new World()
    world.stopCleanly()
    world.reopen()
    world.expectRecords(200)
    expect(world.lines.texts).toEqual([])
  })

  it("a tail that somebody cut since then is noticed", () => {
    const world = new World()
    const path = segmentPath(PATH, world.bases.at(-1)!, "data")
    world.stopCleanly()
    world.edit(path, (bytes) => bytes.subarray(0, lastBatch(bytes).at))
    world.reopen()
    expect(world.lines.texts.join()).toMatch(/does not end where the clean stop left it/)
    expect(world.log.logEndOffset).toBe(199)
  })

  const indexes: [string, (bytes: Buffer) => Buffer][] = [
    ["emptied", () => Buffer.alloc(0)],
    ["of zeros", (bytes) => Buffer.alloc(bytes.length)],
    ["cut to its first entry", (bytes) => bytes.subarray(0, 8)],
    ["cut within an entry", (bytes) => bytes.subarray(0, bytes.length - 3)],
    ["with garbage behind", (bytes) => Buffer.concat([bytes, Buffer.alloc(800, 0x55)])],
    [
      "with entries in disorder",
      (bytes) => Buffer.concat([bytes.subarray(8), bytes.subarray(0, 8)]),
    ],
  ]

  it.each(indexes)("offset indexes %s are made anew", (_name, damage) => {
    const world = new World()
    const { bases } = world
    world.stopCleanly()
    for (const base of bases) world.edit(segmentPath(PATH, base, "offsetIndex"), damage)
    world.reopen()
    world.expectRecords(200)
    world.add("next")
    world.expectRecords(201)
  })

  it("missing indexes are made anew, time indexes too", () => {
    const world = new World()
    const found = world.log.offsetForTimestamp(1_700_000_000_000)
    const { bases } = world
    world.stopCleanly()
    for (const base of bases)
      for (const kind of ["offsetIndex", "timeIndex"] as const)
        world.os.files.unlink(segmentPath(PATH, base, kind))
    world.reopen()
    world.expectRecords(200)
    expect(world.log.offsetForTimestamp(1_700_000_000_000)).toEqual(found)
  })
})

describe("leftovers", () => {
  it("an index without data and unfinished files are removed, unknown files are not", () => {
    const world = new World()
    world.stopCleanly()
    const names = ["00000000000000099999.index", "leader-epoch-checkpoint.tmp", "notes.txt"]
    for (const name of names) world.os.files.close(world.os.files.open(`${PATH}/${name}`, "write"))
    world.reopen()
    const left = world.os.files.list(PATH) as string[]
    expect(names.filter((name) => left.includes(name))).toEqual(["notes.txt"])
  })

  it("a last segment that somebody took away after a kill is missed in the log", () => {
    const world = new World({ isSynced: true })
    const base = world.bases.at(-1)!
    world.kill()
    for (const kind of ["data", "offsetIndex", "timeIndex"] as const)
      world.os.files.unlink(segmentPath(PATH, base, kind))
    world.reopen()
    expect(world.log.logEndOffset).toBe(base)
    expect(JSON.stringify(world.lines)).toContain("are gone from the end of the log")
  })

  it("a lost index over a damaged header: nothing is cut or written over", () => {
    const world = new World()
    world.stopCleanly()
    const base = world.bases.at(-1)!
    const path = segmentPath(PATH, base, "data")
    let damaged = Buffer.alloc(0)
    world.edit(path, (bytes) => {
      const [, second] = [...batch.batches(bytes, 0, bytes.length)]
      damaged = Buffer.from(bytes.fill(0xff, second! + 8, second! + 12))
      return damaged
    })
    world.os.files.unlink(segmentPath(PATH, base, "offsetIndex"))
    world.reopen()
    expect(append(world.log, batchOf(["over it"]))).toMatchObject({ ok: false })
    let after = Buffer.alloc(0)
    world.edit(path, (bytes) => (after = Buffer.from(bytes)))
    expect(after.equals(damaged)).toBe(true)
  })

  it("a directory without any segment is an empty log", () => {
    const os = createSimulatedOs({ seed: 1 })
    os.files.makeDirectory("/data/new-3")
    const log = openManager(os, "/data").find("new", 3)!
    expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 0])
    expect(append(log, batchOf(["a"]))).toMatchObject({ ok: true, baseOffset: 0 })
  })

  it("lost leader epochs are read from the batches", () => {
    const world = new World()
    append(world.log, batchOf(["later"]), { leaderEpoch: 6 })
    world.stopCleanly()
    world.edit(`${PATH}/leader-epoch-checkpoint`, () => Buffer.from("garbage"))
    world.reopen()
    expect(world.log.leaderEpoch).toBe(6)
    expect(world.log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 200 })
  })
})

describe("producers", () => {
  it.each(["kill", "clean stop"])("are known again after a %s", (how) => {
    const world = new World()
    const producer = { producerId: 4, producerEpoch: 1 }
    for (let sequence = 0; sequence < 30; sequence++)
      append(world.log, batchOf(["v".repeat(3000)], { ...producer, baseSequence: sequence }))
    if (how === "kill") world.kill()
    else world.stopCleanly()
    world.reopen()
    const last = batchOf(["v".repeat(3000)], { ...producer, baseSequence: 29 })
    expect(append(world.log, last)).toMatchObject({ ok: true, isDuplicate: true, baseOffset: 229 })
    const next = batchOf(["n"], { ...producer, baseSequence: 30 })
    expect(append(world.log, next)).toMatchObject({ ok: true, baseOffset: 230 })
    const gap = batchOf(["n"], { ...producer, baseSequence: 33 })
    expect(append(world.log, gap)).toMatchObject({ ok: false, reason: "out-of-order-sequence" })
  })
})

function lastBatch(bytes: Buffer): { at: number; length: number } {
  const at = [...batch.batches(bytes, 0, bytes.length)].at(-1)!
  return { at, length: bytes.length - at }
}

function zeroed(bytes: Buffer, from: number, to: number): Buffer {
  return bytes.fill(0, from, to)
}

/** Changes the last batch outside of what its checksum covers. */
function edited(bytes: Buffer, change: (at: number) => void): Buffer {
  change(lastBatch(bytes).at)
  return bytes
}
