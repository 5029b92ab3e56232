/** Maps without mmap: what they cost, and when they write. */
import { statSync } from "node:fs"
import { join } from "node:path"
import { createPortableOs } from "../../../native/portable/index.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

const MIB = 1_048_576

describe("portable map", () => {
  const { files } = createPortableOs()

  function mapNew(path: string, length: number) {
    const fd = files.open(path, "create")
    files.truncate(fd, length)
    const map = files.map(fd, length, "read-write")
    files.close(fd)
    if (typeof map === "number") throw new Error(`map: ${map}`)
    return map
  }

  it("of a large empty file costs next to nothing, in memory and on disk", () => {
    const path = join(temporaryDirectory(), "index")
    const before = process.memoryUsage().rss
    const map = mapNew(path, 128 * MIB)
    map.bytes.writeInt32BE(1, 5 * MIB)
    expect(map.force()).toBe(0)
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB)
    map.close()
    expect(statSync(path).size).toBe(128 * MIB)
    expect(statSync(path).blocks * 512).toBeLessThan(MIB)
  })

  it("whose file was cut does not make it long again", () => {
    const path = join(temporaryDirectory(), "index")
    const map = mapNew(path, 10_000)
    map.bytes.fill(1)
    const fd = files.open(path, "write")
    files.truncate(fd, 100)
    map.close()
    expect(files.size(fd)).toBe(100)
    files.close(fd)
  })

  it("does not write when nothing has changed", () => {
    const path = join(temporaryDirectory(), "index")
    const map = mapNew(path, 10_000)
    const before = statSync(path, { bigint: true }).mtimeNs
    expect(map.force()).toBe(0)
    map.close()
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before)
  })
})
