/** Files that shrink under their maps, more of them than one chunk of the guard's table holds. */
import type { MappedFile } from "../../../native/os.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { describeLinux, openHouse, runScript } from "./linux-house.ts"

const PAGE = 4096

describeLinux("guarded maps", () => {
  const { files } = openHouse()

  function createFile(pageCount: number): { path: string; fd: number } {
    const path = `${temporaryDirectory()}/map`
    const fd = files.open(path, "create")
    files.write(fd, Buffer.alloc(pageCount * PAGE, 7), 0, pageCount * PAGE, 0)
    return { path, fd }
  }

  function map(fd: number, length: number): MappedFile {
    const mapped = files.map(fd, length, "read-write")
    if (typeof mapped === "number") throw new Error(`map: ${mapped}`)
    return mapped
  }

  it("only the maps that were touched where nothing is left are marked", () => {
    const { fd } = createFile(4)
    const maps = Array.from({ length: 1500 }, () => map(fd, 4 * PAGE))
    files.truncate(fd, 2 * PAGE)
    expect(maps[1400]!.bytes[3 * PAGE]).toBe(0)
    maps[30]!.bytes[3 * PAGE + 5] = 9
    expect(maps[31]!.bytes[PAGE]).toBe(7)
    const damaged = maps.flatMap((each, place) => (each.isDamaged ? [place] : []))
    expect(damaged).toEqual([30, 1400])
    for (const each of maps) each.close()
    expect(maps[30]!.isDamaged).toBe(true)
    files.close(fd)
  })

  it("load over a file that shrank says so instead of ending the process", () => {
    const { fd } = createFile(8)
    const mapped = map(fd, 8 * PAGE)
    files.truncate(fd, PAGE)
    expect(mapped.load()).toBeLessThan(0)
    mapped.close()
    files.close(fd)
  })

  it("a map that nobody closes goes with its buffer, not before it", async () => {
    const { path, fd } = createFile(4)
    const lines = await runScript(`
      require("node:v8").setFlagsFromString("--expose-gc")
      const collect = require("node:vm").runInNewContext("gc")
      const { readFileSync } = require("node:fs")
      const path = ${JSON.stringify(path)}
      const countMaps = () => readFileSync("/proc/self/maps", "utf8").split(path).length - 1
      const fd = os.files.open(path, "read")
      let bytes = os.files.map(fd, ${4 * PAGE}, "read-only").bytes
      async function collectAll() {
        for (let count = 0; count < 3; count++) {
          collect()
          await new Promise(setImmediate)
        }
      }
      async function run() {
        await collectAll()
        console.log(bytes[100], countMaps())
        bytes = undefined
        await collectAll()
        console.log(countMaps())
      }
      run()`)
    expect(lines).toEqual(["7 1", "0"])
    files.close(fd)
  })
})
