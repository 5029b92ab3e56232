/**
 * A lock where there is no flock: a file created exclusively, holding the pid of its owner.
 *
 *   pid of the owner \n instant the owner's process started, in seconds \n
 *
 * 1. A file whose owner is dead, or that names this pid from an earlier life (containers start
 *    every broker as the same pid), is stale and taken over.
 * 2. Crash: the file stays behind and is stale from then on.
 */
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs"
import { errno } from "../errno.ts"
import { failureOf } from "./results.ts"

/** Two readings of a process's start may differ by this much. */
const START_TOLERANCE_SECONDS = 2
/** Others may take the lock between two of our steps; then we look again, this often. */
const MAX_ATTEMPTS = 5

const startedAtSeconds = Math.round(Date.now() / 1000 - process.uptime())

/** Descriptor of the lock file, -EAGAIN when its owner lives, or -errno. */
export function takeLock(path: string): number {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const fd = create(path)
    if (fd !== -errno.EEXIST) return fd
    const found = readOwner(path)
    if (found === undefined) continue
    if (isAlive(found)) return -errno.EAGAIN
    removeStale(path, found)
  }
  return -errno.EAGAIN
}

/** Gives a lock back; the file goes with it. */
export function giveLock(fd: number, path: string): number {
  try {
    unlinkSync(path)
    closeSync(fd)
    return 0
  } catch (error) {
    return failureOf(error)
  }
}

function create(path: string): number {
  try {
    const fd = openSync(path, "wx+")
    writeSync(fd, `${process.pid}\n${startedAtSeconds}\n`)
    return fd
  } catch (error) {
    return failureOf(error)
  }
}

/** Contents of the lock file; undefined when it went away meanwhile. */
function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1")
  } catch (error) {
    if (failureOf(error) === -errno.ENOENT) return undefined
    throw error
  }
}

function isAlive(owner: string): boolean {
  const [pidText, startText] = owner.split("\n")
  const pid = Number(pidText)
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) {
    const distance = Math.abs(Number(startText) - startedAtSeconds)
    return Boolean(startText) && distance <= START_TOLERANCE_SECONDS
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return failureOf(error) === -errno.EPERM
  }
}

/**
 * Moves the stale file away and looks at what was moved: if somebody else took the lock in
 * between, it was theirs, and goes back.
 */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, "latin1") !== stale) linkSync(aside, path)
    unlinkSync(aside)
  } catch (error) {
    const result = failureOf(error)
    if (result !== -errno.ENOENT && result !== -errno.EEXIST) throw error
  }
}
