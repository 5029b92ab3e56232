/**
 * All logs under the data directories: open, create, delete, upkeep.
 *
 * 1. The clean-shutdown mark is written last and removed first: it is there only if everything
 *    before it was done and nothing has happened since.
 * 2. A directory belongs to one broker at a time, by a lock that dies with the process.
 * 3. Nothing is deleted that was not asked for: unknown files and directories are left alone.
 */
import { errno, errnoName } from "../native/errno.ts"
import type { Os, Timer } from "../native/os.ts"
import { formatOffsets, parseOffsets, readText, replaceFile, writeWhole } from "./checkpoint.ts"
import { FlushScheduler } from "./flush.ts"
import * as layout from "./layout.ts"
import { Log } from "./log.ts"
import type { LogConfig } from "./log-config.ts"
import { LogDirectory, type StorageLogger } from "./log-directory.ts"
import type { LogParts } from "./log-state.ts"
import { loadLog } from "./recovery.ts"

/** How often recovery points are written down while the broker runs. */
const CHECKPOINT_INTERVAL_MS = 60_000
/** Checkpoints are written this much after something moved, together with others. */
const CHECKPOINT_DELAY_MS = 1000
/** Topic id of a log whose `partition.metadata` is missing. */
const UNKNOWN_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA"

export interface LogManagerOptions {
  readonly os: Os
  readonly directories: readonly string[]
  readonly config: LogConfig
  readonly log: StorageLogger
  readonly onDirectoryOffline?: (directory: string) => void
}

/** Why the data directories cannot be used. */
export type OpenFailure = "locked" | "not-writable" | "damaged"

type Opened =
  | { readonly ok: true; readonly manager: LogManager }
  | { readonly ok: false; readonly reason: OpenFailure; readonly message: string }

type Created =
  | { readonly ok: true; readonly log: Log }
  | { readonly ok: false; readonly reason: "exists" | "storage-failure"; readonly message: string }

/** A data directory that is open. */
interface OpenDirectory {
  readonly directory: LogDirectory
  readonly lockFd: number
  logCount: number
}

/** What a directory says about its logs. */
interface DirectoryState {
  readonly isClean: boolean
  readonly isOwn: boolean
  readonly recoveryPoints: ReadonlyMap<string, number> | undefined
  readonly logStarts: ReadonlyMap<string, number> | undefined
}

/** All logs of a broker. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #os: Os
  readonly #scheduler: FlushScheduler
  readonly #directories: OpenDirectory[] = []
  readonly #logs = new Map<string, Log>()
  readonly #places = new Map<Log, OpenDirectory>()
  readonly #removals = new Set<Timer>()
  #checkpointTimer: Timer | undefined
  #isCheckpointSoon = false
  #startTimer: Timer | undefined
  #isClosed = false

  private constructor(options: LogManagerOptions) {
    this.#options = options
    this.#os = options.os
    this.#scheduler = new FlushScheduler(options.os.files, options.os.clock)
  }

  /** Opens every log found in the directories, which are made and locked. */
  static open(options: LogManagerOptions): Opened {
    const manager = new LogManager(options)
    for (const path of options.directories) {
      const failure = manager.#openDirectory(path)
      if (failure === undefined) continue
      manager.#release()
      return { ok: false, ...failure }
    }
    manager.#checkpointPoints(CHECKPOINT_INTERVAL_MS)
    return { ok: true, manager }
  }

  /** The log of a partition. */
  find(topic: string, partition: number): Log | undefined {
    return this.#logs.get(layout.logDirectoryName(topic, partition))
  }

  all(): IterableIterator<Log> {
    return this.#logs.values()
  }

  /** Makes the log of a new partition, in the directory that has the fewest. */
  create(topic: string, partition: number, topicId: string, config: LogConfig): Created {
    const name = layout.logDirectoryName(topic, partition)
    if (this.#logs.has(name)) return { ok: false, reason: "exists", message: `${name} exists` }
    const usable = this.#directories.filter(({ directory }) => directory.failure === undefined)
    const [place] = usable.sort((one, other) => one.logCount - other.logCount)
    if (place === undefined || this.#isClosed)
      return { ok: false, reason: "storage-failure", message: "no data directory is usable" }
    const { directory } = place
    const path = `${directory.path}/${name}`
    // Crash: a directory without metadata or segment opens as an empty log.
    let result = this.#os.files.makeDirectory(path)
    directory.needsSync = true
    const metadata = layout.formatPartitionMetadata(topicId)
    const target = `${path}/${layout.PARTITION_METADATA_FILE}`
    if (result >= 0) result = writeWhole(this.#os.files, target, metadata, { isSynced: false })
    if (result < 0) return directory.fail("create", path, result)
    const parts = this.#partsOf(place, { topic, partition, topicId, path, config, isNew: true })
    const log = this.#load(place, parts, { isClean: true, isOwn: true })
    return typeof log === "number" ? directory.fail("create", path, log) : { ok: true, log }
  }

  /** Takes a log away: its directory is renamed at once, its files go later. Slices in flight stay
   *  readable. */
  delete(topic: string, partition: number): void {
    const name = layout.logDirectoryName(topic, partition)
    const log = this.#logs.get(name)
    const place = log && this.#places.get(log)
    if (log === undefined || place === undefined) return
    this.#logs.delete(name)
    this.#places.delete(log)
    place.logCount--
    log.abandon()
    const id = this.#os.random.bytes(16).toString("hex")
    const renamed = layout.deletedDirectoryName(topic, partition, id)
    const { directory } = place
    const target = `${directory.path}/${renamed}`
    const result = this.#os.files.rename(log.directory, target)
    if (result < 0) {
      directory.fail("rename", log.directory, result)
      return
    }
    directory.log.info({ path: target }, "log deleted")
    this.#removeLater(directory, target, log.config.fileDeleteDelayMs)
  }

  /** Deletes expired segments of all logs and forgets silent producers. */
  enforceRetention(nowMs: number): void {
    for (const log of this.#logs.values()) log.enforceRetention(nowMs)
  }

  /** Syncs and closes all logs, leaves the clean-shutdown mark, gives the directories back. */
  close(done: () => void): void {
    if (this.#isClosed) {
      done()
      return
    }
    this.#isClosed = true
    this.#checkpointTimer?.cancel()
    this.#startTimer?.cancel()
    for (const timer of this.#removals) timer.cancel()
    const logs = [...this.#logs.values()]
    const failed = new Set<string>()
    let pending = logs.length + 1
    const finish = () => {
      if (--pending > 0) return
      this.#writeMarks(failed)
      this.#release()
      done()
    }
    for (const log of logs) {
      const { path } = this.#places.get(log)!.directory
      log.close((failure) => {
        // What was not synced is not there for sure: the next start has to look.
        if (failure !== undefined || log.recoveryPoint < log.logEndOffset) failed.add(path)
        finish()
      })
    }
    finish()
  }

  #openDirectory(path: string): { reason: OpenFailure; message: string } | undefined {
    const { files } = this.#os
    const { log, onDirectoryOffline } = this.#options
    const made = files.makeDirectory(path)
    if (made < 0) return notWritable(path, made)
    const lockFd = files.lock(`${path}/${layout.LOCK_FILE}`)
    if (lockFd === -errno.EAGAIN)
      return { reason: "locked", message: `data directory ${path} is used by another broker` }
    if (lockFd < 0) return notWritable(path, lockFd)
    const directory = new LogDirectory(path, log, onDirectoryOffline)
    const place = { directory, lockFd, logCount: 0 }
    this.#directories.push(place)
    // Names that an earlier life made and did not sync: recovery relies on them.
    const synced = files.syncDirectory(path)
    if (synced < 0) return notWritable(path, synced)
    const state = this.#readState(path)
    if (typeof state === "number") return notWritable(path, state)
    const names = files.list(path)
    if (typeof names === "number") return notWritable(path, names)
    if (state.recoveryPoints === undefined && !names.some(layout.parseLogDirectory)) {
      // From the beginning, so that a missing checkpoint always means a lost one.
      const written = this.#writeRecoveryPoints(place, { isSynced: true })
      if (written < 0) return notWritable(path, written)
    }
    for (const name of names) {
      if (layout.isDeletedDirectory(name)) {
        this.#removeLater(directory, `${path}/${name}`, 0)
        continue
      }
      const parsed = layout.parseLogDirectory(name)
      if (parsed === undefined) continue
      const failure = this.#openLog(place, { ...parsed, path: `${path}/${name}` }, state)
      if (failure !== undefined) return { reason: "damaged", message: failure }
    }
    return undefined
  }

  /** What the files of a directory say; the clean-shutdown mark is gone afterwards. */
  #readState(path: string): DirectoryState | number {
    const { files } = this.#os
    const mark = readText(files, `${path}/${layout.CLEAN_SHUTDOWN_FILE}`)
    if (typeof mark === "number") return mark
    if (mark !== undefined) {
      const removed = files.unlink(`${path}/${layout.CLEAN_SHUTDOWN_FILE}`)
      const result = removed < 0 ? removed : files.syncDirectory(path)
      if (result < 0) return result
    }
    return {
      isClean: mark !== undefined,
      isOwn: mark !== undefined && layout.isOwnCleanShutdown(mark),
      recoveryPoints: this.#readOffsets(`${path}/${layout.RECOVERY_POINT_FILE}`),
      logStarts: this.#readOffsets(`${path}/${layout.LOG_START_FILE}`),
    }
  }

  #readOffsets(path: string): Map<string, number> | undefined {
    const text = readText(this.#os.files, path)
    if (text === undefined) return undefined
    const offsets = typeof text === "string" ? parseOffsets(text) : undefined
    if (offsets === undefined) this.#options.log.warn({ path }, "checkpoint is damaged: not used")
    return offsets
  }

  /** Opens one directory as a log; a text when that is impossible. */
  #openLog(
    place: OpenDirectory,
    found: { topic: string; partition: number; path: string },
    state: DirectoryState,
  ): string | undefined {
    const { files } = this.#os
    const name = layout.logDirectoryName(found.topic, found.partition)
    const other = this.#logs.get(name)
    if (other !== undefined) return `${name} is in ${other.directory} and in ${found.path}`
    const text = readText(files, `${found.path}/${layout.PARTITION_METADATA_FILE}`)
    const topicId = typeof text === "string" ? layout.parsePartitionMetadata(text) : undefined
    const { config } = this.#options
    const parts = this.#partsOf(place, {
      ...found,
      topicId: topicId ?? UNKNOWN_TOPIC_ID,
      config,
      isNew: false,
    })
    const log = this.#load(place, parts, {
      isClean: state.isClean,
      isOwn: state.isOwn,
      // A log that the checkpoint does not know is younger than it.
      recoveryPoint: state.recoveryPoints && (state.recoveryPoints.get(name) ?? 0),
      logStartOffset: state.logStarts?.get(name),
    })
    if (typeof log !== "number" || log === -errno.ENOTDIR) return undefined
    return `${found.path} cannot be opened: ${errnoName(log)}`
  }

  #partsOf(
    { directory }: OpenDirectory,
    options: Pick<LogParts, "topic" | "partition" | "topicId" | "config" | "isNew"> & {
      path: string
    },
  ): LogParts {
    const home = { files: this.#os.files, path: options.path }
    return { ...options, os: this.#os, home, directory, scheduler: this.#scheduler }
  }

  #load(
    place: OpenDirectory,
    parts: LogParts,
    state: {
      isClean: boolean
      isOwn: boolean
      recoveryPoint?: number | undefined
      logStartOffset?: number | undefined
    },
  ): Log | number {
    const { recoveryPoint, logStartOffset } = state
    const { log: logger } = this.#options
    const loaded = loadLog({ ...parts, ...state, recoveryPoint, logStartOffset, log: logger })
    if (typeof loaded === "number") return loaded
    const log = new Log(parts, loaded)
    log.onStartMoved = () => this.#checkpointStartsSoon()
    log.onSegmentSynced = () => this.#checkpointPointsSoon()
    this.#logs.set(layout.logDirectoryName(parts.topic, parts.partition), log)
    this.#places.set(log, place)
    place.logCount++
    return log
  }

  #checkpointPoints(delayMs: number): void {
    this.#checkpointTimer?.cancel()
    this.#checkpointTimer = this.#os.clock.after(delayMs, () => {
      this.#isCheckpointSoon = false
      for (const place of this.#directories) this.#writeRecoveryPoints(place, { isSynced: false })
      this.#checkpointPoints(CHECKPOINT_INTERVAL_MS)
    })
  }

  #checkpointPointsSoon(): void {
    if (this.#isCheckpointSoon || this.#isClosed) return
    this.#isCheckpointSoon = true
    this.#checkpointPoints(CHECKPOINT_DELAY_MS)
  }

  #checkpointStartsSoon(): void {
    this.#startTimer ??= this.#os.clock.after(CHECKPOINT_DELAY_MS, () => {
      this.#startTimer = undefined
      for (const place of this.#directories) this.#writeLogStarts(place)
    })
  }

  #logsOf(place: OpenDirectory): Log[] {
    return [...this.#logs.values()].filter((log) => this.#places.get(log) === place)
  }

  #writeRecoveryPoints(place: OpenDirectory, options: { isSynced: boolean }): number {
    const entries = this.#logsOf(place).map((log) => ({ log, offset: log.recoveryPoint }))
    return this.#writeOffsets(place, layout.RECOVERY_POINT_FILE, { entries, ...options })
  }

  #writeLogStarts(place: OpenDirectory): number {
    const moved = this.#logsOf(place).filter(
      (log) => log.logStartOffset > log.segments.first.baseOffset,
    )
    const entries = moved.map((log) => ({ log, offset: log.logStartOffset }))
    return this.#writeOffsets(place, layout.LOG_START_FILE, { entries, isSynced: true })
  }

  #writeOffsets(
    { directory }: OpenDirectory,
    name: string,
    { entries, isSynced }: { entries: { log: Log; offset: number }[]; isSynced: boolean },
  ): number {
    if (directory.failure !== undefined) return -errno.EIO
    const lines = entries.map(({ log: { topic, partition }, offset }) => ({
      topic,
      partition,
      offset,
    }))
    const place = { directory: directory.path, name }
    const result = replaceFile(this.#os.files, place, formatOffsets(lines), { isSynced })
    if (result < 0) directory.fail("write", `${directory.path}/${name}`, result)
    return result
  }

  /** Last step of an orderly stop, for directories where nothing failed. */
  #writeMarks(failed: ReadonlySet<string>): void {
    for (const place of this.#directories) {
      if (this.#writeRecoveryPoints(place, { isSynced: true }) < 0) continue
      if (this.#writeLogStarts(place) < 0 || failed.has(place.directory.path)) continue
      const { path } = place.directory
      const target = { directory: path, name: layout.CLEAN_SHUTDOWN_FILE }
      const result = replaceFile(this.#os.files, target, layout.formatCleanShutdown())
      if (result < 0) place.directory.fail("write", `${path}/${target.name}`, result)
    }
  }

  #release(): void {
    for (const log of this.#logs.values()) if (!this.#isClosed) log.abandon()
    for (const { lockFd } of this.#directories) this.#os.files.close(lockFd)
    this.#directories.length = 0
  }

  #removeLater(directory: LogDirectory, path: string, delayMs: number): void {
    const timer = this.#os.clock.after(delayMs, () => {
      this.#removals.delete(timer)
      const result = removeTree(this.#os, path)
      if (result < 0) directory.log.warn({ path, code: errnoName(result) }, "cannot be removed")
    })
    this.#removals.add(timer)
  }
}

function notWritable(path: string, result: number): { reason: OpenFailure; message: string } {
  const message = `data directory ${path} cannot be used: ${errnoName(result)}`
  return { reason: "not-writable", message }
}

/** Removes a directory and the files in it; 0 or the first -errno. */
function removeTree(os: Os, path: string): number {
  const names = os.files.list(path)
  if (typeof names === "number") return names
  let failure = 0
  for (const name of names) failure ||= Math.min(os.files.unlink(`${path}/${name}`), 0)
  return failure || os.files.removeDirectory(path)
}
