/** Installing where nothing can be compiled: one line, no failure, nothing stale. */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

const ROOT = join(__dirname, "../../..")

/** The parts of the package that a build needs, with an addon that somebody built before. */
function packageCopy(): string {
  const directory = temporaryDirectory()
  for (const path of ["binding.gyp", "package.json", "native/linux"]) {
    cpSync(join(ROOT, path), join(directory, path), { recursive: true })
  }
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"))
  mkdirSync(join(directory, "build/Release"), { recursive: true })
  writeFileSync(join(directory, "build/Release/millrace.node"), "stale")
  return directory
}

describe("build", () => {
  it("no compiler: one line that says so, success, and the old addon is gone", () => {
    const directory = packageCopy()
    const { status, stdout, stderr } = spawnSync(process.execPath, ["native/linux/build.mjs"], {
      cwd: directory,
      env: { ...process.env, CXX: "/bin/false" },
      encoding: "utf8",
    })
    expect([status, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(
      /^millrace: native addon not built \(.+\); the portable house will be used\n$/,
    )
    expect(existsSync(join(directory, "build/Release/millrace.node"))).toBe(false)
  })
})
