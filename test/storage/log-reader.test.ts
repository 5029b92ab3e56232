/** Fetches: where slices start and end, and what they cost. */
import type { Files, Os } from "../../native/os.ts"
import { createSimulatedOs, Prng } from "../../native/simulated/index.ts"
import * as batch from "../../protocol/records/batch.ts"
import type { Log } from "../../storage/log.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import {
  append,
  batchOf,
  closed,
  createLog,
  openManager,
  readAll,
  readBytes,
  valuesOf,
} from "./fixture.ts"

/** Counts reads of data files. */
function countReads(os: Os): { count: number } {
  const counter = { count: 0 }
  const files = os.files as { read: Files["read"]; open: Files["open"] }
  const { read, open } = { read: files.read.bind(files), open: files.open.bind(files) }
  const dataFiles = new Set<number>()
  files.open = (path, mode) => {
    const fd = open(path, mode)
    if (path.endsWith(".log")) dataFiles.add(fd)
    else dataFiles.delete(fd)
    return fd
  }
  files.read = (fd, ...rest) => {
    if (dataFiles.has(fd)) counter.count++
    return read(fd, ...rest)
  }
  return counter
}

function openLog(overrides: Partial<LogConfig> = {}, seed = 1) {
  const os = createSimulatedOs({ seed })
  const reads = countReads(os)
  const manager = openManager(os, "/data")
  return { os, reads, manager, log: createLog(manager, overrides) }
}

/** Slices from `from` to the end, as a consumer fetches them; the bytes come straight from disk. */
function* slices(os: Os, log: Log, request: { from: number; maxBytes: number }) {
  let offset = request.from
  while (offset < log.logEndOffset) {
    const { maxBytes } = request
    const result = log.read({
      ...{ offset, maxBytes, endOffset: log.logEndOffset },
      ...{ wholeFirstBatch: true, mayStartEarly: true },
    })
    if (!result.ok || result.slice === undefined) throw new Error(`nothing at ${offset}`)
    const { fd, position, length } = result.slice
    const bytes = Buffer.alloc(length)
    Object.getPrototypeOf(os.files).read.call(os.files, fd, bytes, 0, length, position)
    result.slice.release()
    const positions = [...batch.batches(bytes, 0, length)]
    const last = positions.at(-1)!
    const whole = positions.length > 0 && last + batch.batchLength(bytes, last) === length
    const end = batch.lastOffset(bytes, last) + 1
    yield { offset, first: batch.baseOffset(bytes, 0), end, length, whole, known: result.endOffset }
    if (end <= offset) throw new Error(`no progress at ${offset}`)
    offset = end
  }
}

describe("catch-up", () => {
  it.each([
    ["large batches", 20_000, 1 << 20],
    ["batches of an index interval", 4096, 1 << 17],
    ["small batches", 300, 1 << 16],
    ["one batch per fetch", 30_000, 16_384],
  ])("%s: no read of the data, whole batches, no gap", (_name, size, maxBytes) => {
    const { os, reads, log } = openLog({ segmentBytes: 400_000 })
    for (let index = 0; index < 100; index++) append(log, batchOf(["v".repeat(size), "w"]))
    log.roll()
    reads.count = 0
    let expected = 0
    for (const slice of slices(os, log, { from: 0, maxBytes })) {
      expect(slice.whole).toBe(true)
      expect(slice.first).toBeLessThanOrEqual(slice.offset)
      expect(slice.offset).toBe(expected)
      if (slice.known !== undefined) expect(slice.known).toBe(slice.end)
      expect(slice.length <= maxBytes || slice.end === slice.offset + 2).toBe(true)
      expected = slice.end
    }
    expect(expected).toBe(200)
    expect(reads.count).toBe(0)
  })

  it("also after a clean restart", async () => {
    const { os, reads, manager, log } = openLog({ segmentBytes: 400_000 })
    for (let index = 0; index < 60; index++) append(log, batchOf(["v".repeat(5000 + index * 300)]))
    const done = closed(manager)
    os.runUntilIdle()
    await done
    const again = openManager(os, "/data", { config: { segmentBytes: 400_000 } })
    const reopened = again.find("flights", 0)!
    reads.count = 0
    const ends = [...slices(os, reopened, { from: 0, maxBytes: 65_536 })].map(({ end }) => end)
    expect(ends.at(-1)).toBe(60)
    expect(reads.count).toBe(0)
  })

  it("at the tail a slice starts exactly at the wanted batch", () => {
    const { os, reads, log } = openLog()
    for (let index = 0; index < 500; index++) append(log, batchOf([`${index}`]))
    reads.count = 0
    for (let offset = 300; offset < 500; offset++) {
      const [slice] = [...slices(os, log, { from: offset, maxBytes: 1 << 20 })]
      expect(slice!.first).toBe(offset)
    }
    expect(reads.count).toBe(0)
  })
})

describe("any read", () => {
  it.each([1, 2, 3, 4])("seed %i: is what an array of batches says", (seed) => {
    const { os, log } = openLog({ segmentBytes: 60_000, indexIntervalBytes: 1000 }, seed)
    const chance = new Prng(seed)
    const model: { first: number; last: number; length: number }[] = []
    for (let index = 0; index < 150; index++) {
      const size = chance.oneIn(4) ? chance.between(0, 12_000) : chance.between(0, 400)
      const values = Array.from({ length: chance.between(1, 5) }, () => "x".repeat(size))
      const bytes = batchOf(values)
      const result = append(log, bytes)
      if (!result.ok) throw new Error(result.reason)
      model.push({ first: result.baseOffset, last: result.lastOffset, length: bytes.length })
    }
    for (let round = 0; round < 400; round++) {
      const offset = chance.between(0, log.logEndOffset)
      const endOffset = chance.pick(model).last + 1
      const maxBytes = chance.pick([0, 1, 70, 500, 4096, 20_000, 100_000])
      const wholeFirstBatch = chance.oneIn(2)
      const bytes = readBytes(os, log, { offset, endOffset, maxBytes, wholeFirstBatch })
      const start = model.findIndex(({ last }) => last >= offset)
      const found = [...batch.batches(bytes, 0, bytes.length)]
      const given = model.slice(start, start + found.length)
      expect(found.map((at) => batch.baseOffset(bytes, at))).toEqual(
        given.map(({ first }) => first),
      )
      expect(given.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length)
      for (const { last } of given) expect(last).toBeLessThan(endOffset)
      const next = model[start]!
      const isReadable = next.last < endOffset
      if (isReadable && (wholeFirstBatch || next.length <= maxBytes))
        expect(found.length).toBeGreaterThan(0)
      if (found.length > 1 || !wholeFirstBatch) expect(bytes.length).toBeLessThanOrEqual(maxBytes)
    }
  })

  it("outside of the log is refused; between readable end and log end there is nothing", () => {
    const { log } = openLog()
    for (let index = 0; index < 5; index++) append(log, batchOf([`${index}`]))
    log.deleteRecordsBefore(2)
    const request = { maxBytes: 1000, endOffset: 4, wholeFirstBatch: true }
    expect(log.read({ ...request, offset: 1 })).toEqual({
      ok: false,
      reason: "offset-out-of-range",
    })
    expect(log.read({ ...request, offset: 6 })).toEqual({
      ok: false,
      reason: "offset-out-of-range",
    })
    expect(log.read({ ...request, offset: 4 })).toMatchObject({ ok: true, slice: undefined })
    expect(log.read({ ...request, offset: 5 })).toMatchObject({ ok: true, slice: undefined })
  })

  it("a slice in flight outlives its segment", () => {
    const { os, log } = openLog({ segmentBytes: 500, durability: "memory" })
    for (let index = 0; index < 20; index++) append(log, batchOf(["v".repeat(100)]))
    const read = log.read({ offset: 0, maxBytes: 200, endOffset: 20, wholeFirstBatch: true })
    if (!read.ok || read.slice === undefined) throw new Error("nothing")
    const before = os.files.openCount
    log.deleteRecordsBefore(18)
    expect(log.segments.first.baseOffset).toBeGreaterThan(10)
    const bytes = Buffer.alloc(read.slice.length)
    expect(os.files.read(read.slice.fd, bytes, 0, bytes.length, read.slice.position)).toBe(
      bytes.length,
    )
    expect(batch.baseOffset(bytes, 0)).toBe(0)
    read.slice.release()
    expect(os.files.openCount).toBeLessThan(before)
  })

  it("a log whose indexes somebody emptied is read all the same", async () => {
    const { os, manager, log } = openLog({ segmentBytes: 50_000 })
    for (let index = 0; index < 100; index++) append(log, batchOf([`${index}`.repeat(500)]))
    const expected = valuesOf(readAll(os, log))
    const done = closed(manager)
    os.runUntilIdle()
    await done
    for (const name of os.files.list(log.directory) as string[]) {
      if (!name.endsWith("index")) continue
      const fd = os.files.open(`${log.directory}/${name}`, "write")
      os.files.truncate(fd, name.endsWith(".timeindex") ? 0 : 16)
      os.files.close(fd)
    }
    const reopened = openManager(os, "/data").find("flights", 0)!
    expect(valuesOf(readAll(os, reopened, { maxBytes: 16_384, mayStartEarly: true }))).toEqual(
      expected,
    )
  })
})
