/** A data directory for a broker that nobody gave one: made at open, removed at close. */
import { errnoName } from "../native/errno.ts"
import type { Files, Os } from "../native/os.ts"
import { StartError } from "./start-error.ts"

/** Makes an empty directory below the system's place for such things. */
export function makeTemporaryDirectory(os: Os): string {
  const parent = process.env.TMPDIR ?? process.env.TEMP ?? "/tmp"
  const directory = `${parent}/millrace-${os.random.bytes(8).toString("hex")}`
  const made = os.files.makeDirectory(directory)
  if (made >= 0) return directory
  throw new StartError(`cannot make a directory in ${parent}: ${errnoName(made)}; name a dataDir`)
}

/** Removes a directory with all that is in it. What cannot be removed is left. */
export function removeDirectory(files: Files, directory: string): void {
  const names = files.list(directory)
  if (typeof names === "number") return
  for (const name of names) {
    const path = `${directory}/${name}`
    const stat = files.stat(path)
    if (typeof stat === "number") continue
    if (stat.isDirectory) removeDirectory(files, path)
    else files.unlink(path)
  }
  files.removeDirectory(directory)
}
