/** Files, directories and locks, the same in every house, with the errors they give. */
import { errno, errnoName } from "../../../native/errno.ts"
import type { Files } from "../../../native/os.ts"
import { patterned } from "../../support/bytes.ts"
import { forEachHouse, type World } from "./house.ts"

/** No descriptor has this number. */
const NOT_OPEN = 1_000_000

forEachHouse("files", (open) => {
  let world: World
  let files: Files
  let path: (name: string) => string

  beforeEach(() => {
    world = open()
    files = world.os.files
    path = (name) => `${world.directory}/${name}`
  })

  function create(name: string, contents: Uint8Array): number {
    const fd = files.open(path(name), "create")
    expect(fd).toBeGreaterThan(0)
    expect(files.write(fd, contents, 0, contents.length, 0)).toBe(contents.length)
    return fd
  }

  function contents(fd: number): Buffer {
    const bytes = Buffer.alloc(files.size(fd))
    expect(files.read(fd, bytes, 0, bytes.length, 0)).toBe(bytes.length)
    return bytes
  }

  it("open: says what is missing, there already, or of the wrong kind", () => {
    files.close(create("file", Buffer.alloc(0)))
    const refusals = {
      readMissing: files.open(path("none"), "read"),
      createPresent: files.open(path("file"), "create"),
      belowMissing: files.open(path("none/file"), "write"),
      belowFile: files.open(path("file/file"), "write"),
      writeDirectory: files.open(world.directory, "write"),
    }
    expect(namesOf(refusals)).toEqual({
      readMissing: "ENOENT",
      createPresent: "EEXIST",
      belowMissing: "ENOENT",
      belowFile: "ENOTDIR",
      writeDirectory: "EISDIR",
    })
  })

  it("open for writing: makes a file and keeps what is there", () => {
    const fd = files.open(path("file"), "write")
    files.write(fd, Buffer.from("kept"), 0, 4, 0)
    expect(files.close(fd)).toBe(0)
    const again = files.open(path("file"), "write")
    expect(contents(again).toString()).toBe("kept")
    files.close(again)
  })

  it("a descriptor opened for reading refuses to write", () => {
    files.close(create("file", Buffer.from("text")))
    const fd = files.open(path("file"), "read")
    expect(errnoName(files.write(fd, Buffer.alloc(1), 0, 1, 0))).toBe("EBADF")
    expect(files.truncate(fd, 0)).toBeLessThan(0)
    expect(contents(fd).toString()).toBe("text")
    files.close(fd)
  })

  it("a descriptor that is not open is a bad one", () => {
    const one = Buffer.alloc(1)
    const results = {
      close: files.close(NOT_OPEN),
      size: files.size(NOT_OPEN),
      read: files.read(NOT_OPEN, one, 0, 1, 0),
      write: files.write(NOT_OPEN, one, 0, 1, 0),
      truncate: files.truncate(NOT_OPEN, 0),
      syncNow: files.syncNow(NOT_OPEN),
      map: files.map(NOT_OPEN, 10, "read-only") as number,
    }
    expect(new Set(Object.values(namesOf(results)))).toEqual(new Set(["EBADF"]))
  })

  it("read: from any position into any place, short at the end, zero behind it", () => {
    const fd = create("file", patterned(1000))
    const target = Buffer.alloc(20, 0xee)
    expect(files.read(fd, target, 5, 10, 300)).toBe(10)
    expect(target.subarray(5, 15)).toEqual(patterned(10, 300))
    expect([target[4], target[15]]).toEqual([0xee, 0xee])
    expect(files.read(fd, target, 0, 20, 990)).toBe(10)
    expect(files.read(fd, target, 0, 20, 1000)).toBe(0)
    expect(files.read(fd, target, 0, 20, 5000)).toBe(0)
    expect(files.read(fd, target, 0, 0, 0)).toBe(0)
    files.close(fd)
  })

  it("write: longer than a piece, at an odd position, from the middle of a buffer", () => {
    const fd = create("file", Buffer.alloc(0))
    const bytes = patterned(1_048_579)
    expect(files.write(fd, bytes, 7, 1_048_571, 12_345)).toBe(1_048_571)
    expect(files.size(fd)).toBe(12_345 + 1_048_571)
    const all = contents(fd)
    expect(all.subarray(0, 12_345).equals(Buffer.alloc(12_345))).toBe(true)
    expect(all.subarray(12_345).equals(bytes.subarray(7, 7 + 1_048_571))).toBe(true)
    files.close(fd)
  })

  it("truncate: cuts, and extends with zeros", () => {
    const fd = create("file", Buffer.from("abcdef"))
    expect(files.truncate(fd, 3)).toBe(0)
    expect(files.truncate(fd, 5)).toBe(0)
    expect(contents(fd)).toEqual(Buffer.from("abc\0\0"))
    expect(files.truncate(fd, -1)).toBeLessThan(0)
    files.close(fd)
  })

  it("allocate: keeps the contents, or says that it cannot", () => {
    const fd = create("file", Buffer.from("kept"))
    const result = files.allocate(fd, 0, 65_536)
    expect(["ok", "ENOTSUP"]).toContain(result === 0 ? "ok" : errnoName(result))
    expect(contents(fd).subarray(0, 4).toString()).toBe("kept")
    files.close(fd)
  })

  it("sync: answers from the loop, several side by side", async () => {
    const one = create("one", Buffer.from("1"))
    const other = create("other", Buffer.from("2"))
    const results: number[] = []
    for (const fd of [one, other, one, NOT_OPEN]) files.sync(fd, (result) => results.push(result))
    expect(results).toEqual([])
    await world.until(() => results.length === 4, "four syncs")
    expect(results.sort((a, b) => a - b)).toEqual([-errno.EBADF, 0, 0, 0])
    expect([files.syncNow(one), files.syncDirectory(world.directory)]).toEqual([0, 0])
    expect(errnoName(files.syncDirectory(path("none")))).toBe("ENOENT")
    files.close(one)
    files.close(other)
  })

  it("rename: replaces a file, moves a directory, refuses what is missing or in the way", () => {
    files.close(create("old", Buffer.from("new contents")))
    files.close(create("target", Buffer.from("old contents")))
    expect(files.rename(path("old"), path("target"))).toBe(0)
    const fd = files.open(path("target"), "read")
    expect(contents(fd).toString()).toBe("new contents")
    files.close(fd)
    files.makeDirectory(path("a/inner"))
    expect(files.rename(path("a"), path("b"))).toBe(0)
    expect(files.list(path("b"))).toEqual(["inner"])
    expect(
      namesOf({
        missing: files.rename(path("none"), path("other")),
        intoMissing: files.rename(path("target"), path("none/target")),
        overDirectory: files.rename(path("target"), path("b")),
        overFile: files.rename(path("b"), path("target")),
      }),
    ).toEqual({
      missing: "ENOENT",
      intoMissing: "ENOENT",
      overDirectory: "EISDIR",
      overFile: "ENOTDIR",
    })
  })

  it("unlink: the name is gone, an open descriptor reads on", () => {
    const fd = create("file", Buffer.from("still here"))
    expect(files.unlink(path("file"))).toBe(0)
    expect(errnoName(files.unlink(path("file")))).toBe("ENOENT")
    expect(files.list(world.directory)).toEqual([])
    expect(contents(fd).toString()).toBe("still here")
    files.close(fd)
    files.makeDirectory(path("directory"))
    expect(files.unlink(path("directory"))).toBeLessThan(0)
  })

  it("directories: made with their parents, listed in order, removed when empty", () => {
    expect(files.makeDirectory(path("one/two/three"))).toBe(0)
    expect(files.makeDirectory(path("one/two"))).toBe(0)
    for (const name of ["b", "a", "ü with space", "B", "10", "9"]) {
      files.close(files.open(path(`one/${name}`), "write"))
    }
    expect(files.list(path("one"))).toEqual(["10", "9", "B", "a", "b", "two", "ü with space"])
    expect(
      namesOf({
        overFile: files.makeDirectory(path("one/a")),
        belowFile: files.makeDirectory(path("one/a/b")),
        notEmpty: files.removeDirectory(path("one")),
        missing: files.removeDirectory(path("none")),
        listMissing: files.list(path("none")) as number,
        listFile: files.list(path("one/a")) as number,
      }),
    ).toEqual({
      overFile: "EEXIST",
      belowFile: "ENOTDIR",
      notEmpty: "ENOTEMPTY",
      missing: "ENOENT",
      listMissing: "ENOENT",
      listFile: "ENOTDIR",
    })
    expect(files.removeDirectory(path("one/two/three"))).toBe(0)
    expect(files.list(path("one/two"))).toEqual([])
  })

  it("makeDirectory: ends where nothing can be made below a directory that is there", () => {
    if (world.os.name === "simulated" || process.platform !== "linux") return
    expect(files.makeDirectory("/proc/none/such")).toBeLessThan(0)
  })

  it("stat: tells size, kind and instant, or that nothing is there", () => {
    files.close(create("file", patterned(321)))
    const before = world.os.clock.nowMs()
    const file = files.stat(path("file"))
    const directory = files.stat(world.directory)
    if (typeof file === "number" || typeof directory === "number") throw new Error("stat failed")
    expect([file.size, file.isDirectory, directory.isDirectory]).toEqual([321, false, true])
    expect(Number.isInteger(file.modifiedAt)).toBe(true)
    expect(Math.abs(before - file.modifiedAt)).toBeLessThan(3_600_000)
    expect(errnoName(files.stat(path("none")) as number)).toBe("ENOENT")
    expect(errnoName(files.stat(path("file/below")) as number)).toBe("ENOTDIR")
  })

  it("lock: one holder at a time, free again when closed", () => {
    const fd = files.lock(path(".lock"))
    expect(fd).toBeGreaterThan(0)
    expect(errnoName(files.lock(path(".lock")))).toBe("EAGAIN")
    const holder = files.open(path(".lock"), "read")
    expect(Number.parseInt(contents(holder).toString(), 10)).toBeGreaterThan(0)
    files.close(holder)
    expect(errnoName(files.lock(path(".lock")))).toBe("EAGAIN")
    expect(files.close(fd)).toBe(0)
    const next = files.lock(path(".lock"))
    expect(next).toBeGreaterThan(0)
    files.close(next)
    expect(errnoName(files.lock(path("none/.lock")))).toBe("ENOENT")
  })

  it("residency: a range that was warmed is resident", async () => {
    const fd = create("file", patterned(100_000))
    const results: number[] = []
    files.warm(fd, 1000, 50_000, (result) => results.push(result))
    expect(results).toEqual([])
    await world.until(() => results.length === 1, "the warm range")
    expect([results[0], files.isResident(fd, 1000, 50_000)]).toEqual([0, true])
    files.close(fd)
  })
})

function namesOf(results: Record<string, number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(results).map(([key, result]) => [key, result >= 0 ? "ok" : errnoName(result)]),
  )
}
