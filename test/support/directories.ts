/** Directories that remove themselves: `using directory = temporaryDirectory()`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A new empty directory; disposing of it removes it with everything in it. */
export function temporaryDirectory(prefix = "millrace-test-"): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), prefix))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
