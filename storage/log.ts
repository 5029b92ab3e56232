/**
 * One partition's log: append, read, roll, truncateTo. The only door to its segments.
 *
 *   log start <= durable offset <= log end          last stable offset <= log end
 *
 * 1. One writer: all calls come from one loop, and none of them waits.
 * 2. A segment is synced before anything in the next one counts as durable.
 */
import type { Timer } from "../native/os.ts"
import type { AppendResult, BatchToAppend } from "./append-result.ts"
import type { SharedFile } from "./file-slice.ts"
import { type Flushed, type FlushPoint, type FlushTarget, LogFlusher } from "./flush.ts"
import { LogAppender } from "./log-appender.ts"
import type { LogConfig } from "./log-config.ts"
import type { StorageFailure } from "./log-directory.ts"
import { LogReader, type ReadRequest, type ReadResult } from "./log-reader.ts"
import { type LoadedLog, type LogParts, LogState } from "./log-state.ts"
import * as upkeep from "./log-upkeep.ts"
import type { Segments } from "./segments.ts"
import { type FoundTimestamp, findTimestamp } from "./timestamp-search.ts"

export type { AppendFailure, AppendResult } from "./append-result.ts"
export type { StorageFailure } from "./log-directory.ts"
export type { ReadRequest, ReadResult } from "./log-reader.ts"

const CLOSED: StorageFailure = {
  ok: false,
  reason: "storage-failure",
  message: "the log is closed",
}

/** One append-only log. */
export class Log implements FlushTarget {
  readonly topic: string
  readonly partition: number
  /** Called when `durableOffset` has moved by a sync. */
  onDurable: ((log: Log) => void) | undefined
  /** Called when `logStartOffset` has moved and has to be remembered. */
  onStartMoved: (() => void) | undefined
  /** Called when a sealed segment is on disk: recovery need not read it any more. */
  onSegmentSynced: (() => void) | undefined
  #topicId: string
  readonly #state: LogState
  readonly #appender: LogAppender
  readonly #reader: LogReader
  readonly #flusher: LogFlusher
  /** Segments that were sealed when the running sync began: it covers all of them. */
  #sealedInSync: ReadonlySet<string> = new Set()
  #flushTimer: Timer | undefined

  constructor(parts: LogParts, loaded: LoadedLog) {
    this.topic = parts.topic
    this.partition = parts.partition
    this.#topicId = parts.topicId
    this.#state = new LogState(parts, loaded)
    this.#appender = new LogAppender(this.#state)
    this.#reader = new LogReader(this.#state)
    this.#flusher = new LogFlusher(this, parts.scheduler, loaded.recoveryPoint)
  }

  /** Id of its topic, as `partition.metadata` has it; zeros when that file was lost. */
  get topicId(): string {
    return this.#topicId
  }

  /** Gives a log whose `partition.metadata` was lost its topic again: on disk, then here. */
  adopt(topicId: string): StorageFailure | undefined {
    const failure = this.#state.smallFiles.saveTopicId(topicId)
    if (failure === undefined) this.#topicId = topicId
    return failure
  }

  /** Where its files are. */
  get directory(): string {
    return this.#state.parts.home.path
  }

  get config(): LogConfig {
    return this.#state.config
  }

  /** Offset of the first record that can be read. */
  get logStartOffset(): number {
    return this.#state.logStartOffset
  }

  /** Offset that the next record gets. */
  get logEndOffset(): number {
    return this.#state.logEndOffset
  }

  /** Everything below is as safe as the log's durability promises. */
  get durableOffset(): number {
    const { config, logEndOffset } = this.#state
    return config.durability === "fsync" ? this.#flusher.flushedOffset : logEndOffset
  }

  /** Everything below was synced: what recovery may trust. */
  get recoveryPoint(): number {
    return this.#flusher.flushedOffset
  }

  /** First offset that a reader of committed records may not see. */
  get lastStableOffset(): number {
    return this.#state.producers.firstUnstableOffset ?? this.#state.logEndOffset
  }

  /** Bytes of data in all segments. */
  get sizeBytes(): number {
    return this.#state.segments.sizeBytes
  }

  get segments(): Segments {
    return this.#state.segments
  }

  /** Takes no appends: its data directory failed, or it is damaged. */
  get isOffline(): boolean {
    return this.#state.failure !== undefined
  }

  /** Cannot be read: recovery found damage, or it is closed. Where only its data directory failed,
   *  reads go on. */
  get isDamaged(): boolean {
    return this.#state.damage !== undefined || this.#state.isClosed
  }

  /** The present leader's epoch. */
  get leaderEpoch(): number {
    return Math.max(this.#state.epochs.latest, 0)
  }

  /** Replaces the options; what is written from now on follows them. */
  updateConfig(config: LogConfig): void {
    this.#state.config = config
    if (this.durableOffset < this.logEndOffset) this.#flusher.request()
  }

  /** Appends exactly one batch, which is stamped in place. */
  append(batch: BatchToAppend, nowMs: number): AppendResult {
    const state = this.#state
    if (state.isClosed) return CLOSED
    const result = this.#appender.append(batch, nowMs)
    if (result.ok && !result.isDuplicate) {
      state.isTouched = true
      if (state.config.durability === "fsync") this.#flusher.request()
      else if (state.config.durability === "os") this.#flushInBackground()
    }
    return result
  }

  /** Calls `done` when everything below `endOffset` is as safe as the durability promises. */
  whenDurable(endOffset: number, done: Flushed): void {
    if (endOffset <= this.durableOffset) done(undefined)
    else this.#flusher.whenFlushed(endOffset, done)
  }

  /** Syncs what is in the log now, whatever its durability is. */
  flush(done: Flushed): void {
    this.#flusher.whenFlushed(this.logEndOffset, done)
  }

  /** A slice of whole batches from `offset` on. */
  read(request: ReadRequest): ReadResult {
    if (this.isDamaged) return { ok: false, reason: "storage-failure" }
    return this.#reader.read(request)
  }

  /** Aborted transactions that a reader of [from, to) has to know of, oldest marker first. */
  abortedTransactions(from: number, to: number): { producerId: number; firstOffset: number }[] {
    const found: { producerId: number; firstOffset: number }[] = []
    for (const segment of this.segments.from(from)) {
      const entries = segment.transactions.load()
      if (typeof entries === "number") {
        this.#state.directory.log.error({ path: segment.transactions.path }, "index is damaged")
        continue
      }
      for (const { producerId, firstOffset, lastOffset, lastStableOffset } of entries) {
        if (lastOffset >= from && firstOffset < to) found.push({ producerId, firstOffset })
        if (lastStableOffset >= to) return found
      }
    }
    return found
  }

  /** The first record with this timestamp or a later one. */
  offsetForTimestamp(timestamp: number): FoundTimestamp | undefined {
    const wanted = { timestamp, fromOffset: this.logStartOffset }
    for (const segment of this.segments.from(this.logStartOffset)) {
      if (segment.maxTimestamp < timestamp || segment.endOffset <= this.logStartOffset) continue
      const found = findTimestamp(this.#state.os.files, segment, wanted)
      if (typeof found === "number")
        this.#state.directory.log.error({ path: segment.path }, "a segment cannot be searched")
      else if (found !== undefined) return found
    }
    return undefined
  }

  /** The first record with the largest timestamp. */
  maxTimestampOffset(): FoundTimestamp | undefined {
    let newest = -1
    for (const segment of this.segments.from(this.logStartOffset))
      newest = Math.max(newest, segment.maxTimestamp)
    return newest < 0 ? undefined : this.offsetForTimestamp(newest)
  }

  /** Epoch of the record at an offset, -1 when it is not known. */
  epochAt(offset: number): number {
    return this.#state.epochs.epochAt(offset)
  }

  /** The largest epoch not above the one asked for, and where it ends; -1 and -1 for unknown. */
  endOffsetForEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: number } {
    return this.#state.epochs.endOffsetFor(leaderEpoch, this.logEndOffset)
  }

  /** A leader begins at the end of the log. On disk it is with its first append. */
  startEpoch(leaderEpoch: number): void {
    if (this.#state.epochs.assign(leaderEpoch, this.logEndOffset))
      this.#state.areEpochsSaved = false
  }

  /** Takes records below `offset` out of sight, and their segments off the disk. */
  deleteRecordsBefore(
    offset: number,
  ): { ok: true; logStartOffset: number } | { ok: false; reason: string } {
    const state = this.#state
    if (state.failure !== undefined || state.isClosed) return state.failure ?? CLOSED
    if (offset > this.logEndOffset) return { ok: false, reason: "offset-out-of-range" }
    upkeep.moveStart(state, offset)
    this.onStartMoved?.()
    const failure = upkeep.removeExpired(state, {
      nowMs: state.os.clock.nowMs(),
      durableOffset: this.durableOffset,
      retentionMs: -1,
      retentionBytes: -1,
    })
    return failure ?? { ok: true, logStartOffset: this.logStartOffset }
  }

  /** Deletes what is past its time or size, forgets silent producers, closes idle files. */
  enforceRetention(nowMs: number): StorageFailure | undefined {
    const state = this.#state
    if (state.failure !== undefined || state.isClosed) return state.failure
    const { durableOffset } = this
    state.producers.expire(nowMs, state.config.producerIdExpirationMs)
    const failure = upkeep.removeExpired(state, { nowMs, durableOffset })
    if (state.unsynced.length > 0) this.#flusher.request()
    upkeep.closeIdle(state)
    return failure
  }

  /** Cuts everything from `offset` on. */
  truncateTo(offset: number): { ok: true } | StorageFailure {
    if (this.#state.failure !== undefined) return this.#state.failure
    const failure = upkeep.truncateTo(this.#state, offset)
    this.#flusher.truncateTo(this.logEndOffset)
    const { endOffset } = this.#state.durablePoint
    if (endOffset > this.logEndOffset) this.#state.durablePoint = this.flushPoint()
    return failure ?? { ok: true }
  }

  /** Begins a new segment, if the present one holds anything. */
  roll(): StorageFailure | undefined {
    return this.#state.failure ?? upkeep.roll(this.#state)
  }

  /** Syncs, brings the files into their final shape, closes them; `done` once, when all is over. */
  close(done: Flushed): void {
    const state = this.#state
    if (state.isClosed) {
      done(undefined)
      return
    }
    this.#flushTimer?.cancel()
    const finish = (failure: StorageFailure | undefined) => {
      state.isClosed = true
      const isTouched = state.isTouched
      const failed = upkeep.closeFiles(state) ?? failure
      if (failed !== undefined || !isTouched) done(failed)
      else upkeep.syncIndexes(state, done)
    }
    if (state.failure !== undefined || state.config.durability === "memory") finish(state.failure)
    else this.flush(finish)
  }

  /** The log is deleted: files are closed as they are, waiters fail. */
  abandon(): void {
    const state = this.#state
    state.isClosed = true
    this.#flushTimer?.cancel()
    this.#flusher.fail(CLOSED)
    for (const segment of state.segments) segment.close()
  }

  /** Where a sync that starts now will have brought us. */
  flushPoint(): FlushPoint {
    const { active } = this.segments
    const { baseOffset: segmentBase, sizeBytes: position } = active
    return { endOffset: this.logEndOffset, segmentBase, position }
  }

  /** Files to sync, oldest first; names that are new are made durable here. */
  unsyncedFiles(): readonly SharedFile[] | StorageFailure {
    const state = this.#state
    if (state.isClosed) return CLOSED
    const failure = state.failure ?? state.smallFiles.syncNames()
    if (failure !== undefined) return failure
    this.#sealedInSync = new Set(state.unsynced.map((segment) => segment.path))
    return upkeep.retainUnsynced(state)
  }

  noteSynced(file: SharedFile): void {
    const { unsynced } = this.#state
    // What was still active when the sync began may have grown before it was rolled.
    if (!this.#sealedInSync.has(file.path)) return
    if (unsynced.length === 0 || unsynced[0]!.path !== file.path) return
    unsynced.shift()
    this.onSegmentSynced?.()
  }

  noteFlushed(point: FlushPoint): void {
    this.#state.durablePoint = point
    this.#state.producers.noteDurable(point.endOffset)
    this.onDurable?.(this)
  }

  noteFailed(path: string, result: number): StorageFailure {
    return this.#state.directory.fail("sync", path, result)
  }

  /** For durability "os": flush.messages, flush.ms, and what a roll left behind. */
  #flushInBackground(): void {
    const { config, os, unsynced } = this.#state
    const pending = this.logEndOffset - this.#flusher.flushedOffset
    if (unsynced.length > 0 || pending >= config.flushMessages) {
      this.#flusher.request()
      return
    }
    if (config.flushMs >= Number.MAX_SAFE_INTEGER || this.#flushTimer !== undefined) return
    this.#flushTimer = os.clock.after(config.flushMs, () => {
      this.#flushTimer = undefined
      this.#flusher.request()
    })
  }
}
