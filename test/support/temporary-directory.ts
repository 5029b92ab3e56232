/** Directories of tests, removed when the test file is done. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const made: string[] = []

afterAll(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** A new empty directory of this test file. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "millrace-test-"))
  made.push(path)
  return path
}
