/** Mapped files, the same in every house. */
import type { Files, MapMode, MappedFile } from "../../../native/os.ts"
import { patterned } from "../../support/bytes.ts"
import { forEachHouse, type World } from "./house.ts"

forEachHouse("maps", (open) => {
  let world: World
  let files: Files
  let fd: number

  beforeEach(() => {
    world = open()
    files = world.os.files
    fd = files.open(`${world.directory}/file`, "create")
    const bytes = patterned(10_000)
    files.write(fd, bytes, 0, bytes.length, 0)
  })

  function map(length: number, mode: MapMode): MappedFile {
    const mapped = files.map(fd, length, mode)
    if (typeof mapped === "number") throw new Error(`map: ${mapped}`)
    return mapped
  }

  function onDisk(): Buffer {
    const reader = files.open(`${world.directory}/file`, "read")
    const bytes = Buffer.alloc(files.size(reader))
    files.read(reader, bytes, 0, bytes.length, 0)
    files.close(reader)
    return bytes
  }

  it("shows the bytes of the file, up to its length", () => {
    const mapped = map(9000, "read-only")
    expect(mapped.bytes.equals(patterned(9000))).toBe(true)
    expect([mapped.load(), mapped.isLoaded(), mapped.isDamaged]).toEqual([0, true, false])
    mapped.close()
    files.close(fd)
  })

  it("read-write: what is written is in the file after force", () => {
    const mapped = map(10_000, "read-write")
    mapped.bytes.write("written", 4090)
    expect(mapped.force()).toBe(0)
    expect(onDisk().subarray(4090, 4097).toString()).toBe("written")
    mapped.close()
    files.close(fd)
  })

  it("read-write: what is written is in the file after close, even if fd went first", () => {
    const mapped = map(10_000, "read-write")
    expect(files.close(fd)).toBe(0)
    mapped.bytes.write("written", 9990)
    mapped.close()
    const expected = patterned(10_000)
    expected.write("written", 9990)
    expect(onDisk().equals(expected)).toBe(true)
  })

  it("private: what is written stays in memory", () => {
    const mapped = map(10_000, "private")
    mapped.bytes.fill(0)
    mapped.force()
    mapped.close()
    expect(onDisk().equals(patterned(10_000))).toBe(true)
    files.close(fd)
  })

  it("a large file of zeros: written where it was written", () => {
    files.truncate(fd, 0)
    files.truncate(fd, 1_000_000)
    const mapped = map(1_000_000, "read-write")
    mapped.bytes.writeInt32BE(7, 0)
    mapped.bytes.writeInt32BE(8, 654_321)
    mapped.close()
    const bytes = onDisk()
    expect([bytes.length, bytes.readInt32BE(0), bytes.readInt32BE(654_321)]).toEqual([1e6, 7, 8])
    bytes.writeInt32BE(0, 0)
    bytes.writeInt32BE(0, 654_321)
    expect(bytes.equals(Buffer.alloc(1_000_000))).toBe(true)
    files.close(fd)
  })

  it("after close the bytes are gone: a late write throws, close again does nothing", () => {
    const mapped = map(10_000, "read-write")
    const { bytes } = mapped
    mapped.close()
    mapped.close()
    expect(bytes.length).toBe(0)
    expect(() => bytes.writeInt32BE(1, 0)).toThrow()
    expect(mapped.force()).toBeLessThanOrEqual(0)
    files.close(fd)
  })

  it("refuses nothing and more than the file has", () => {
    expect(files.map(fd, 0, "read-write")).toBeLessThan(0)
    expect(files.map(fd, 10_001, "read-write")).toBeLessThan(0)
    files.close(fd)
  })

  it("a file cut by somebody else marks the map as damaged and ends nobody", () => {
    files.truncate(fd, 65_536)
    const mapped = map(65_536, "read-write")
    expect(mapped.isDamaged).toBe(false)
    files.truncate(fd, 0)
    expect(mapped.bytes[60_000]).toBe(0)
    expect(mapped.isDamaged).toBe(true)
    mapped.close()
    expect(files.size(fd)).toBe(0)
    files.close(fd)
  })
})
