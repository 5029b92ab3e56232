/** mkdir -p, step by step. */
import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { errno } from "../errno.ts"
import { statusOf } from "./results.ts"

/**
 * Makes a directory and those above it; 0 also when it is there, -EEXIST when a file is. Node's
 * own recursion does not end where a name is refused with ENOENT under a parent that is there, as
 * anything under /proc is.
 */
export function makeDirectories(path: string): number {
  const made = makeOne(path)
  if (made !== -errno.ENOENT) return made
  const parent = dirname(path)
  const above = parent === path ? made : makeDirectories(parent)
  return above < 0 ? above : makeOne(path)
}

function makeOne(path: string): number {
  const made = statusOf(() => mkdirSync(path))
  if (made !== -errno.EEXIST) return made
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? 0 : made
}
