/**
 * One data directory that is open: its lock, its checkpoints, its clean-shutdown mark.
 *
 * 1. The mark is written last and removed first: it is there only if everything before it was done
 *    and nothing has happened since.
 * 2. The recovery points are there from the first start on: where they are missing, they were lost.
 * 3. A recovery point may be older than the truth, never newer, so it is not synced while running.
 */
import { errno, errnoName } from "../native/errno.ts"
import type { Files } from "../native/os.ts"
import { formatOffsets, parseOffsets, readText, replaceFile } from "./checkpoint.ts"
import * as layout from "./layout.ts"
import type { Log } from "./log.ts"
import type { LogDirectory } from "./log-directory.ts"

/** Why a data directory cannot be used. */
export interface DirectoryRefusal {
  readonly reason: "locked" | "not-writable"
  readonly message: string
}

/** What a directory says about its logs, by "topic-partition". */
export interface DirectoryState {
  /** The last stop was orderly. */
  readonly isClean: boolean
  /** And it was this broker that stopped, not Kafka. */
  readonly isOwn: boolean
  readonly recoveryPoints: ReadonlyMap<string, number> | undefined
  readonly logStarts: ReadonlyMap<string, number> | undefined
  /** Everything in the directory. */
  readonly names: readonly string[]
}

/** A data directory and the logs in it. */
export class DataDirectory {
  readonly directory: LogDirectory
  readonly logs = new Set<Log>()
  readonly #files: Files
  readonly #lockFd: number

  private constructor(files: Files, directory: LogDirectory, lockFd: number) {
    this.#files = files
    this.directory = directory
    this.#lockFd = lockFd
  }

  /** Makes the directory where it is missing, and locks it. */
  static open(files: Files, directory: LogDirectory): DataDirectory | DirectoryRefusal {
    const { path } = directory
    const made = files.makeDirectory(path)
    if (made < 0) return notWritable(path, made)
    const lockFd = files.lock(`${path}/${layout.LOCK_FILE}`)
    if (lockFd === -errno.EAGAIN)
      return { reason: "locked", message: `data directory ${path} is used by another broker` }
    return lockFd < 0 ? notWritable(path, lockFd) : new DataDirectory(files, directory, lockFd)
  }

  get path(): string {
    return this.directory.path
  }

  /** Gives the directory back. */
  release(): void {
    this.#files.close(this.#lockFd)
  }

  /** What the last life left; its clean-shutdown mark is gone afterwards. */
  readState(): DirectoryState | DirectoryRefusal {
    const state = this.#read()
    if (typeof state === "number") return notWritable(this.path, state)
    const hasLogs = state.names.some((name) => layout.parseLogDirectory(name) !== undefined)
    if (state.recoveryPoints !== undefined || hasLogs) return state
    const written = this.writeRecoveryPoints({ isSynced: true })
    return written < 0 ? notWritable(this.path, written) : state
  }

  #read(): DirectoryState | number {
    const files = this.#files
    const { path } = this
    // Names that an earlier life made and did not sync: recovery relies on them.
    const synced = files.syncDirectory(path)
    if (synced < 0) return synced
    const mark = readText(files, `${path}/${layout.CLEAN_SHUTDOWN_FILE}`)
    if (typeof mark === "number") return mark
    if (mark !== undefined) {
      const removed = files.unlink(`${path}/${layout.CLEAN_SHUTDOWN_FILE}`)
      const result = removed < 0 ? removed : files.syncDirectory(path)
      if (result < 0) return result
    }
    const names = files.list(path)
    if (typeof names === "number") return names
    return {
      isClean: mark !== undefined,
      isOwn: mark !== undefined && layout.isOwnCleanShutdown(mark),
      recoveryPoints: this.#readOffsets(layout.RECOVERY_POINT_FILE),
      logStarts: this.#readOffsets(layout.LOG_START_FILE),
      names,
    }
  }

  #readOffsets(name: string): Map<string, number> | undefined {
    const path = `${this.path}/${name}`
    const text = readText(this.#files, path)
    if (text === undefined) return undefined
    const offsets = typeof text === "string" ? parseOffsets(text) : undefined
    if (offsets === undefined)
      this.directory.log.warn({ path }, "checkpoint is damaged and not used")
    return offsets
  }

  writeRecoveryPoints(options: { isSynced: boolean }): number {
    const lines = Array.from(this.logs, ({ topic, partition, recoveryPoint }) => ({
      topic,
      partition,
      offset: recoveryPoint,
    }))
    return this.#replace(layout.RECOVERY_POINT_FILE, formatOffsets(lines), options)
  }

  /** Starts of logs that do not start with their first segment. */
  writeLogStarts(): number {
    const moved = [...this.logs].filter(
      ({ logStartOffset, segments }) => logStartOffset > segments.first.baseOffset,
    )
    const lines = moved.map(({ topic, partition, logStartOffset }) => ({
      topic,
      partition,
      offset: logStartOffset,
    }))
    return this.#replace(layout.LOG_START_FILE, formatOffsets(lines), { isSynced: true })
  }

  /** The last step of an orderly stop. */
  writeMark(): number {
    const text = layout.formatCleanShutdown()
    return this.#replace(layout.CLEAN_SHUTDOWN_FILE, text, { isSynced: true })
  }

  #replace(name: string, text: string, options: { isSynced: boolean }): number {
    const { directory, path } = this
    if (directory.failure !== undefined) return -errno.EIO
    const result = replaceFile(this.#files, { directory: path, name }, text, options)
    if (result < 0) directory.fail("write", `${path}/${name}`, result)
    return result
  }
}

function notWritable(path: string, result: number): DirectoryRefusal {
  if (result === -errno.EEXIST || result === -errno.ENOTDIR)
    return { reason: "not-writable", message: `data directory ${path}: a file has that name` }
  const message = `data directory ${path} cannot be used: ${errnoName(result)}`
  return { reason: "not-writable", message }
}
