/** Growing, trimming and re-reading an index file, on real maps. */
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { OffsetIndex } from "../../storage/offset-index.ts"
import { TimeIndex } from "../../storage/time-index.ts"
import { houses, openHouse, temporaryDirectory } from "./fixture.ts"

describe.each(houses)("offset index on %s", (house) => {
  const os = openHouse(house)
  const test = os === undefined ? it.skip : it
  afterAll(() => os?.close())

  const open = (path: string, isNew: boolean, maxBytes = 1 << 20) =>
    new OffsetIndex({ files: os!.files, path, maxBytes, baseOffset: 100 }, isNew)

  test("entries are Kafka's and survive growing, trimming and loading", () => {
    using directory = temporaryDirectory()
    const path = `${directory.path}/x.index`
    const index = open(path, true)
    for (let n = 0; n < 2000; n++) expect(index.append(103 + n * 4, n * 50)).toBe(0)
    expect([index.slotBelow(103), index.slotBelow(104), index.slotBelow(1e9)]).toEqual([
      -1, 0, 1999,
    ])
    expect([index.slotBefore(0), index.slotBefore(1), index.slotBefore(51)]).toEqual([-1, 0, 1])
    expect(index.entries.trim()).toBe(0)
    expect(readFileSync(path).subarray(0, 24).toString("hex")).toBe(
      "0000000300000000" + "0000000700000032" + "0000000b00000064",
    )
    expect(statSync(path).size).toBe(16_000)
    expect(index.entries.load()).toBe(0)
    expect([index.count, index.lastOffsetAt(1999), index.positionAt(1999)]).toEqual([
      2000, 8099, 99_950,
    ])
    expect(index.isSound(99_951)).toBe(true)
    expect(index.isSound(99_950)).toBe(false)
    index.truncateTo(107)
    expect(index.append(109, 77)).toBe(0)
    expect([index.count, index.positionAt(1)]).toEqual([2, 77])
    index.entries.trim()
    expect(statSync(path).size).toBe(16)
  })

  test("what an older file held is gone", () => {
    using directory = temporaryDirectory()
    const path = `${directory.path}/x.index`
    writeFileSync(path, Buffer.alloc(9000, 0x55))
    const index = open(path, true)
    index.append(100, 0)
    index.entries.close()
    const bytes = readFileSync(path)
    expect(bytes.equals(Buffer.alloc(bytes.length))).toBe(true)
  })

  test("a full one says so", () => {
    using directory = temporaryDirectory()
    const index = open(`${directory.path}/x.index`, true, 20)
    index.append(100, 0)
    expect(index.entries.isFull).toBe(false)
    index.append(101, 9)
    expect(index.entries.isFull).toBe(true)
    index.entries.close()
  })

  test("a file that cannot be one is refused", () => {
    using directory = temporaryDirectory()
    const path = `${directory.path}/x.index`
    writeFileSync(path, Buffer.alloc(13))
    expect(open(path, false).entries.load()).toBeLessThan(0)
    expect(open(`${directory.path}/none`, false).entries.load()).toBe(-2)
  })

  test("time index: only larger timestamps are noted", () => {
    using directory = temporaryDirectory()
    const options = {
      files: os!.files,
      path: `${directory.path}/t`,
      maxBytes: 4096,
      baseOffset: 10,
    }
    const index = new TimeIndex(options, true)
    for (const [timestamp, offset] of [
      [5, 10],
      [5, 12],
      [4, 13],
      [9, 15],
    ] as const)
      index.append(timestamp, offset)
    expect(index.count).toBe(2)
    expect([5, 6, 9, 10].map((timestamp) => index.slotBelow(timestamp))).toEqual([-1, 0, 0, 1])
    expect([index.isSound(16), index.isSound(15)]).toEqual([true, false])
    index.truncateTo(15)
    expect([index.count, index.timestampAt(0), index.offsetAt(0)]).toEqual([1, 5, 10])
    index.entries.close()
  })
})
