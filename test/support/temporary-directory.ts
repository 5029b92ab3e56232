/** Directories of tests: nothing of them is left when the test, or its file, is done. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const made: string[] = []

afterAll(() => {
  for (const path of made.splice(0)) remove(path)
})

/** A new empty directory, removed when the test file is done. */
export function temporaryDirectory(prefix = "millrace-test-"): string {
  const path = mkdtempSync(join(tmpdir(), prefix))
  made.push(path)
  return path
}

/** A new empty directory, removed when it is disposed of: `using directory = scopedDirectory()`. */
export function scopedDirectory(prefix?: string): { path: string } & Disposable {
  const path = temporaryDirectory(prefix)
  return { path, [Symbol.dispose]: () => remove(path) }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
