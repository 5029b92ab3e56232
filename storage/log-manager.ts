/**
 * All logs under the data directories: open, create, delete, upkeep.
 *
 * 1. A directory belongs to one broker at a time, by a lock that dies with the process.
 * 2. Nothing is deleted that was not asked for: unknown files and directories are left alone.
 */
import { errno, errnoName } from "../native/errno.ts"
import type { Os, Timer } from "../native/os.ts"
import { readText, writeWhole } from "./checkpoint.ts"
import { DataDirectory, type DirectoryState } from "./data-directory.ts"
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

/** What `LogManager.open` needs. */
export interface LogManagerOptions {
  readonly os: Os
  readonly directories: readonly string[]
  /** Options of logs that are found; replaced by `Log.updateConfig` when more is known. */
  readonly config: LogConfig
  readonly log: StorageLogger
  readonly onDirectoryOffline?: (directory: string) => void
}

type Opened =
  | { readonly ok: true; readonly manager: LogManager }
  | {
      readonly ok: false
      readonly reason: "locked" | "not-writable" | "damaged"
      readonly message: string
    }

type Created =
  | { readonly ok: true; readonly log: Log }
  | { readonly ok: false; readonly reason: "exists" | "storage-failure"; readonly message: string }

/** What is known of a log before it is opened. */
interface Found {
  readonly isClean: boolean
  readonly isOwn: boolean
  readonly recoveryPoint: number | undefined
  readonly logStartOffset: number | undefined
}

const NEW: Found = {
  isClean: true,
  isOwn: true,
  recoveryPoint: undefined,
  logStartOffset: undefined,
}

/** All logs of a broker. */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #os: Os
  readonly #scheduler: FlushScheduler
  readonly #directories: DataDirectory[] = []
  readonly #logs = new Map<string, Log>()
  readonly #removals = new Set<Timer>()
  #pointTimer: Timer | undefined
  #isPointTimerShort = false
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
      const refusal = manager.#openDirectory(path)
      if (refusal === undefined) continue
      for (const log of manager.all()) log.abandon()
      manager.#release()
      return { ok: false, ...refusal }
    }
    manager.#schedulePoints(CHECKPOINT_INTERVAL_MS)
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
    const [place] = usable.sort((one, other) => one.logs.size - other.logs.size)
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
    const log = this.#load(place, parts, NEW)
    return typeof log === "number" ? directory.fail("create", path, log) : { ok: true, log }
  }

  /** Takes a log away: its directory is renamed at once, its files go later. Slices in flight stay
   *  readable. */
  delete(topic: string, partition: number): void {
    const name = layout.logDirectoryName(topic, partition)
    const log = this.#logs.get(name)
    const place = log && this.#directories.find(({ logs }) => logs.has(log))
    if (log === undefined || place === undefined) return
    this.#logs.delete(name)
    place.logs.delete(log)
    log.abandon()
    const id = this.#os.random.bytes(16).toString("hex")
    const { directory } = place
    const target = `${directory.path}/${layout.deletedDirectoryName(topic, partition, id)}`
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
    for (const log of this.all()) log.enforceRetention(nowMs)
  }

  /** Syncs and closes all logs, leaves the clean-shutdown mark, gives the directories back. */
  close(done: () => void): void {
    if (this.#isClosed) {
      done()
      return
    }
    this.#isClosed = true
    this.#pointTimer?.cancel()
    this.#startTimer?.cancel()
    for (const timer of this.#removals) timer.cancel()
    const unsafe = new Set<DataDirectory>()
    let pending = this.#logs.size + 1
    const finish = () => {
      if (--pending > 0) return
      for (const place of this.#directories) writeMark(place, !unsafe.has(place))
      this.#release()
      done()
    }
    for (const place of this.#directories) {
      for (const log of place.logs)
        log.close((failure) => {
          // What was not synced is not there for sure: the next start has to look.
          if (failure !== undefined || log.recoveryPoint < log.logEndOffset) unsafe.add(place)
          finish()
        })
    }
    finish()
  }

  #openDirectory(path: string): Omit<Opened & { ok: false }, "ok"> | undefined {
    const { log, onDirectoryOffline } = this.#options
    const directory = new LogDirectory(path, log, onDirectoryOffline)
    const place = DataDirectory.open(this.#os.files, directory)
    if (!(place instanceof DataDirectory)) return place
    this.#directories.push(place)
    const state = place.readState()
    if ("reason" in state) return state
    for (const name of state.names) {
      if (layout.isDeletedDirectory(name)) this.#removeLater(directory, `${path}/${name}`, 0)
      const parsed = layout.parseLogDirectory(name)
      if (parsed === undefined) continue
      const message = this.#openLog(place, { ...parsed, path: `${path}/${name}` }, state)
      if (message !== undefined) return { reason: "damaged", message }
    }
    return undefined
  }

  /** Opens one directory as a log; a text when that is impossible. */
  #openLog(
    place: DataDirectory,
    found: { topic: string; partition: number; path: string },
    state: DirectoryState,
  ): string | undefined {
    const name = layout.logDirectoryName(found.topic, found.partition)
    const other = this.#logs.get(name)
    if (other !== undefined) return `${name} is in ${other.directory} and in ${found.path}`
    const text = readText(this.#os.files, `${found.path}/${layout.PARTITION_METADATA_FILE}`)
    const topicId = typeof text === "string" ? layout.parsePartitionMetadata(text) : undefined
    const parts = this.#partsOf(place, {
      ...found,
      topicId: topicId ?? UNKNOWN_TOPIC_ID,
      config: this.#options.config,
      isNew: false,
    })
    const log = this.#load(place, parts, {
      isClean: state.isClean,
      isOwn: state.isOwn,
      recoveryPoint: recoveryPointOf(name, state),
      logStartOffset: state.logStarts?.get(name),
    })
    if (typeof log !== "number" || log === -errno.ENOTDIR) return undefined
    return `${found.path} cannot be opened: ${errnoName(log)}`
  }

  #partsOf(
    { directory }: DataDirectory,
    options: Pick<LogParts, "topic" | "partition" | "topicId" | "config" | "isNew"> & {
      path: string
    },
  ): LogParts {
    const home = { files: this.#os.files, path: options.path }
    return { ...options, os: this.#os, home, directory, scheduler: this.#scheduler }
  }

  #load(place: DataDirectory, parts: LogParts, found: Found): Log | number {
    const loaded = loadLog({ ...parts, ...found, log: this.#options.log })
    if (typeof loaded === "number") return loaded
    const log = new Log(parts, loaded)
    log.onStartMoved = () => this.#checkpointStartsSoon()
    log.onSegmentSynced = () => this.#checkpointPointsSoon()
    this.#logs.set(layout.logDirectoryName(parts.topic, parts.partition), log)
    place.logs.add(log)
    return log
  }

  #schedulePoints(delayMs: number): void {
    this.#pointTimer?.cancel()
    this.#pointTimer = this.#os.clock.after(delayMs, () => {
      this.#isPointTimerShort = false
      for (const place of this.#directories) place.writeRecoveryPoints({ isSynced: false })
      this.#schedulePoints(CHECKPOINT_INTERVAL_MS)
    })
  }

  #checkpointPointsSoon(): void {
    if (this.#isPointTimerShort || this.#isClosed) return
    this.#isPointTimerShort = true
    this.#schedulePoints(CHECKPOINT_DELAY_MS)
  }

  #checkpointStartsSoon(): void {
    this.#startTimer ??= this.#os.clock.after(CHECKPOINT_DELAY_MS, () => {
      this.#startTimer = undefined
      for (const place of this.#directories) place.writeLogStarts()
    })
  }

  #release(): void {
    for (const place of this.#directories) place.release()
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

/** After a disorderly stop, a log that the checkpoint does not know is younger than it. */
function recoveryPointOf(name: string, state: DirectoryState): number | undefined {
  const known = state.recoveryPoints?.get(name)
  return known === undefined && state.recoveryPoints && !state.isClean ? 0 : known
}

/** Checkpoints of an orderly stop, and the mark if everything is where they say. */
function writeMark(place: DataDirectory, isSafe: boolean): void {
  if (place.writeRecoveryPoints({ isSynced: true }) < 0) return
  if (place.writeLogStarts() >= 0 && isSafe) place.writeMark()
}

/** Removes a directory and the files in it; 0 or the first -errno. */
function removeTree(os: Os, path: string): number {
  const names = os.files.list(path)
  if (typeof names === "number") return names
  let failure = 0
  for (const name of names) failure ||= Math.min(os.files.unlink(`${path}/${name}`), 0)
  return failure || os.files.removeDirectory(path)
}
