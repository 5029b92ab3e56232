/** Locks without flock: whose pid file is stale, and whose is not. */
import { spawn, spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { errno } from "../../../native/errno.ts"
import { createPortableOs } from "../../../native/portable/index.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

describe("portable lock", () => {
  const { files } = createPortableOs()
  let directory: string
  let path: string

  beforeEach(() => {
    directory = temporaryDirectory()
    path = join(directory, ".lock")
  })

  function expectTaken(): void {
    const fd = files.lock(path)
    expect(fd).toBeGreaterThan(0)
    expect(readFileSync(path, "latin1").split("\n")[0]).toBe(String(process.pid))
    expect(readdirSync(directory)).toEqual([".lock"])
    expect(files.close(fd)).toBe(0)
    expect(readdirSync(directory)).toEqual([])
  }

  it("of a process that has ended: taken over", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""])
    writeFileSync(path, `${pid}\n1\n`)
    expectTaken()
  })

  it("of a process that lives: refused, and left as it is", () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"])
    try {
      writeFileSync(path, `${other.pid}\n1\n`)
      expect(files.lock(path)).toBe(-errno.EAGAIN)
      expect(readFileSync(path, "latin1")).toBe(`${other.pid}\n1\n`)
    } finally {
      other.kill()
    }
  })

  it("of this pid in an earlier life (every container's broker is pid 1): taken over", () => {
    writeFileSync(path, `${process.pid}\n1\n`)
    expectTaken()
  })

  it("of another broker of this process: refused", () => {
    const fd = files.lock(path)
    expect(createPortableOs().files.lock(path)).toBe(-errno.EAGAIN)
    files.close(fd)
  })

  it("without a pid (empty, or something else): taken over", () => {
    for (const contents of ["", "\n", "garbage", "-5\n", "0\n"]) {
      writeFileSync(path, contents)
      expectTaken()
    }
  })

  it("left by the linux house, which keeps the file: taken over", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""])
    writeFileSync(path, `${pid}`)
    expectTaken()
  })
})
