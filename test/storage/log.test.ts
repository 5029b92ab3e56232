/** A log on real disks: what is appended is what is read. */
import { setTimeout } from "node:timers/promises"
import {
  append,
  batchOf,
  closed,
  createLog,
  houses,
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

  test("append, read, reopen", async () => {
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
    expect(reopened.logEndOffset).toBe(200)
    expect(valuesOf(readAll(os!, reopened))).toEqual(expected)
    expect(append(reopened, batchOf(["c"]))).toMatchObject({ ok: true, baseOffset: 200 })
    await closed(again)
  })

  test("whenDurable is called after a sync, not inside append", async () => {
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
})
