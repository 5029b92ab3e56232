/**
 * When to fdatasync, and who waits for it: group commit.
 *
 *   append append append | end of the turn: sync ........ done: waiters answered
 *                                   append append        | sync at once ...... done
 *
 * 1. One sync of a log at a time. What is appended while it runs waits for the next.
 * 2. A sync covers what was in the log when it began, not when it ended.
 * 3. A failed sync is final: waiters fail, and nobody tries again (see log-directory.ts).
 */
import type { Clock, Files } from "../native/os.ts"
import type { SharedFile } from "./file-slice.ts"
import type { StorageFailure } from "./log-directory.ts"

/** Syncs under way at the same time; node's thread pool has four threads. */
const MAX_SYNCS = 4

/** What one sync covers. */
export interface FlushPoint {
  /** Everything below this offset is safe afterwards. */
  readonly endOffset: number
  /** Base offset of the segment that ends there, and the position. */
  readonly segmentBase: number
  readonly position: number
}

/** What is flushed: a log. */
export interface FlushTarget {
  /** The end of the log. */
  flushPoint(): FlushPoint
  /** Files with data that was not synced, oldest first, each retained for whoever syncs it. */
  unsyncedFiles(): readonly SharedFile[] | StorageFailure
  /** A file is safe now, with everything that was written before the sync began. */
  noteSynced(file: SharedFile): void
  noteFlushed(point: FlushPoint): void
  noteFailed(path: string, result: number): StorageFailure
}

export type Flushed = (failure: StorageFailure | undefined) => void

interface Waiter {
  readonly endOffset: number
  readonly done: Flushed
}

/** Decides which logs are synced now and which wait. One per broker. */
export class FlushScheduler {
  readonly files: Files
  readonly #clock: Clock
  #queue: LogFlusher[] = []
  #running = 0
  #isArmed = false

  constructor(files: Files, clock: Clock) {
    this.files = files
    this.#clock = clock
  }

  /** At the end of this turn, so that all appends of the turn share the sync. */
  enqueue(flusher: LogFlusher): void {
    this.#queue.push(flusher)
    if (this.#isArmed) return
    this.#isArmed = true
    this.#clock.soon(() => {
      this.#isArmed = false
      this.#startMore()
    })
  }

  /** The sync of a log is over; `again`: more was appended meanwhile. */
  finished(flusher: LogFlusher, again: boolean): void {
    this.#running--
    if (again) this.#queue.push(flusher)
    this.#startMore()
  }

  #startMore(): void {
    while (this.#running < MAX_SYNCS && this.#queue.length > 0) {
      this.#running++
      this.#queue.shift()!.start()
    }
  }
}

/** Group commit of one log. */
export class LogFlusher {
  readonly #target: FlushTarget
  readonly #scheduler: FlushScheduler
  #flushedOffset: number
  #waiters: Waiter[] = []
  #isBusy = false
  #isWanted = false
  #failure: StorageFailure | undefined

  constructor(target: FlushTarget, scheduler: FlushScheduler, flushedOffset: number) {
    this.#target = target
    this.#scheduler = scheduler
    this.#flushedOffset = flushedOffset
  }

  /** Everything below is synced. */
  get flushedOffset(): number {
    return this.#flushedOffset
  }

  /** A sync is queued or under way. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Asks for a sync of all that is in the log when it begins. */
  request(): void {
    this.#isWanted = true
    if (this.#isBusy) return
    this.#isBusy = true
    this.#scheduler.enqueue(this)
  }

  /** Calls `done` when everything below `endOffset` is synced: now, if it is already. */
  whenFlushed(endOffset: number, done: Flushed): void {
    if (endOffset <= this.#flushedOffset) done(undefined)
    else if (this.#failure !== undefined) done(this.#failure)
    else {
      this.#waiters.push({ endOffset, done })
      if (!this.#isBusy) this.request()
    }
  }

  /** The log was cut: what is above is not there any more. */
  truncateTo(endOffset: number): void {
    this.#flushedOffset = Math.min(this.#flushedOffset, endOffset)
  }

  /** Begins the sync; called by the scheduler. */
  start(): void {
    this.#isWanted = false
    const point = this.#target.flushPoint()
    const files = this.#target.unsyncedFiles()
    if ("length" in files) this.#syncNext(files, 0, point)
    else this.#fail(files)
  }

  #syncNext(files: readonly SharedFile[], index: number, point: FlushPoint): void {
    const file = files[index]
    if (file === undefined) {
      this.#succeed(point)
      return
    }
    this.#scheduler.files.sync(file.fd, (result) => {
      file.release()
      if (result < 0) {
        for (const unsynced of files.slice(index + 1)) unsynced.release()
        this.#fail(this.#target.noteFailed(file.path, result))
        return
      }
      this.#target.noteSynced(file)
      this.#syncNext(files, index + 1, point)
    })
  }

  #succeed(point: FlushPoint): void {
    if (point.endOffset > this.#flushedOffset) {
      this.#flushedOffset = point.endOffset
      this.#target.noteFlushed(point)
    }
    const waiting = this.#waiters
    const count = waiting.findIndex(({ endOffset }) => endOffset > this.#flushedOffset)
    this.#waiters = count < 0 ? [] : waiting.slice(count)
    for (let index = 0; index < (count < 0 ? waiting.length : count); index++)
      waiting[index]!.done(undefined)
    this.#isBusy = this.#isWanted || this.#waiters.length > 0
    this.#scheduler.finished(this, this.#isBusy)
  }

  /** Nothing more will be synced; whoever waits is told. */
  fail(failure: StorageFailure): void {
    this.#failure = failure
    const waiting = this.#waiters
    this.#waiters = []
    for (const { done } of waiting) done(failure)
  }

  #fail(failure: StorageFailure): void {
    this.fail(failure)
    this.#isBusy = false
    this.#scheduler.finished(this, false)
  }
}
