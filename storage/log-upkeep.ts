/** What changes the segments of a log: rolling, truncating, deleting, and its small files. */
import assert from "node:assert/strict"
import { errno } from "../native/errno.ts"
import { SharedFile } from "./file-slice.ts"
import type { Flushed } from "./flush.ts"
import { segmentPath } from "./layout.ts"
import type { StorageFailure } from "./log-directory.ts"
import type { LogState } from "./log-state.ts"
import { rebuildProducers } from "./producer-rebuild.ts"
import { type Expiry, findExpired } from "./retention.ts"
import { Segment } from "./segment.ts"
import { findStart } from "./segment-search.ts"

/** Closes the active segment for writing and begins a new one at the end of the log. */
export function roll(state: LogState): StorageFailure | undefined {
  const { segments, directory, os, config } = state
  const old = segments.active
  if (old.sizeBytes === 0) return undefined
  const sealed = config.preallocate ? old.trimData() : 0
  const result = sealed < 0 ? sealed : old.seal()
  if (result < 0) return directory.fail("seal", old.path, result)
  const baseOffset = state.logEndOffset
  const jitterMs = config.segmentJitterMs > 0 ? os.random.uint32() % config.segmentJitterMs : 0
  const options = { baseOffset, config, createdAt: os.clock.nowMs(), jitterMs }
  // A crash from here on finds an empty last segment, or none: both are the same log.
  const next = Segment.create(state.parts.home, options)
  if (typeof next === "number") return directory.fail("create a segment", old.path, next)
  segments.push(next)
  state.isTouched = true
  state.recent.clear()
  if (config.durability !== "memory") state.unsynced.push(old)
  state.smallFiles.noteNewName()
  return takeSnapshot(state)
}

/** Writes down the producers as they are, so that recovery need not read what is before. */
export function takeSnapshot(state: LogState): StorageFailure | undefined {
  const { logEndOffset, snapshotOffset, smallFiles, producers } = state
  if (logEndOffset <= snapshotOffset || logEndOffset === 0) return undefined
  state.snapshotOffset = logEndOffset
  return smallFiles.saveSnapshot(logEndOffset, producers)
}

/**
 * Files to be synced, oldest first, retained for whoever syncs them: of sealed segments the indexes
 * and the snapshot taken behind them too, since recovery does not read what is below its recovery
 * point; then the active data file.
 */
export function retainUnsynced(state: LogState): readonly SharedFile[] | StorageFailure {
  const retained: SharedFile[] = []
  const failed = (path: string, result: number) => {
    for (const file of retained) file.release()
    return state.directory.fail("open", path, result)
  }
  for (const segment of [...state.unsynced, state.segments.active]) {
    for (const path of segment.isSealed ? pathsBeside(state, segment) : []) {
      const index = openIndex(state, path)
      if (index === -errno.ENOENT) continue
      if (typeof index === "number") return failed(path, index)
      retained.push(index)
    }
    const file = segment.file()
    if (typeof file === "number") return failed(segment.path, file)
    file.retain()
    retained.push(file)
  }
  return retained
}

function pathsBeside({ parts }: LogState, segment: Segment): readonly string[] {
  return [...segment.indexPaths, segmentPath(parts.home.path, segment.endOffset, "snapshot")]
}

function openIndex({ os }: LogState, path: string): SharedFile | number {
  const fd = os.files.open(path, "read")
  return fd < 0 ? fd : new SharedFile(os.files, fd, path)
}

/** After `closeFiles`: a clean start believes all indexes. */
export function syncIndexes(state: LogState, done: Flushed): void {
  const { active } = state.segments
  const last = active.sizeBytes > 0 ? [...state.unsynced, active] : state.unsynced
  const paths = last.flatMap((segment) => segment.indexPaths)
  let pending = paths.length + 1
  let failure: StorageFailure | undefined
  const finish = (path: string, result: number) => {
    if (result < 0) failure = state.directory.fail("sync", path, result)
    if (--pending === 0) done(failure)
  }
  for (const path of paths) {
    const index = openIndex(state, path)
    if (typeof index === "number") {
      finish(path, index)
      continue
    }
    state.os.files.sync(index.fd, (result) => {
      index.release()
      finish(path, result)
    })
  }
  finish("", 0)
}

export function saveEpochs(state: LogState): StorageFailure | undefined {
  state.areEpochsSaved = true
  state.smallFiles.noteNewName()
  return state.smallFiles.saveEpochs(state.epochs)
}

/** Cuts everything from `offset` on; a batch that reaches beyond it goes as a whole. */
export function truncateTo(state: LogState, offset: number): StorageFailure | undefined {
  const { segments, directory, os } = state
  assert(offset >= state.logStartOffset, "a log is not truncated below its start")
  if (offset >= state.logEndOffset) return undefined
  while (segments.active.baseOffset >= offset && segments.count > 1) {
    const last = segments.removeLast()
    state.unsynced = state.unsynced.filter((segment) => segment !== last)
    const removed = last.remove()
    if (removed < 0) return directory.fail("remove", last.path, removed)
  }
  const { active } = segments
  const loaded = active.loadIndexes()
  const position = loaded < 0 ? loaded : findStart(os.files, active, offset, false)
  const result = position < 0 ? position : active.truncateTo(position, offset)
  if (result < 0) return directory.fail("truncate", active.path, result)
  state.unsynced = state.unsynced.filter((segment) => segment !== active)
  state.logEndOffset = active.endOffset
  state.recent.clear()
  if (state.epochs.truncateFromEnd(state.logEndOffset)) state.areEpochsSaved = false
  const { home } = state.parts
  const names = os.files.list(home.path)
  if (typeof names === "number") return directory.fail("list", home.path, names)
  const rebuilt = rebuildProducers({ ...state, home, names, snapshotLimit: state.logEndOffset })
  if (typeof rebuilt === "string") return directory.fail(rebuilt, home.path, 0)
  state.snapshotOffset = rebuilt.snapshotOffset
  return undefined
}

/** Moves the start of the log; segments wholly below it go with the next retention. */
export function moveStart(state: LogState, offset: number): void {
  if (offset <= state.logStartOffset) return
  state.logStartOffset = offset
  if (state.epochs.truncateFromStart(offset)) state.areEpochsSaved = false
}

/** Deletes the segments that are past their time, size or start offset. */
export function removeExpired(
  state: LogState,
  options: { nowMs: number; durableOffset: number; retentionMs?: number; retentionBytes?: number },
): StorageFailure | undefined {
  const { segments, logStartOffset, os } = state
  const { retentionMs, retentionBytes, cleanupPolicy } = { ...state.config, ...options }
  const ages = Array.from(segments, (segment) => ({
    sizeBytes: segment.sizeBytes,
    endOffset: segment.endOffset,
    // Asked for oldest first and only while segments expire: it may have to read an index.
    get newestAt() {
      if (segment.maxTimestamp >= 0) return segment.maxTimestamp
      const stat = os.files.stat(segment.path)
      return typeof stat === "number" ? options.nowMs : stat.modifiedAt
    },
  }))
  const limits = { retentionMs, retentionBytes, cleanupPolicy, logStartOffset }
  const expired = findExpired(ages, { ...options, ...limits })
  if (expired.length === segments.count) {
    const failure = roll(state)
    if (failure !== undefined) return failure
  }
  for (const expiry of expired) {
    // What was just rolled goes with the next call: first its producers have to be safe.
    if (state.unsynced.includes(segments.first)) return undefined
    const failure = removeFirst(state, expiry)
    if (failure !== undefined) return failure
  }
  return undefined
}

function removeFirst(state: LogState, expiry: Expiry): StorageFailure | undefined {
  const { segments, directory } = state
  const segment = segments.removeFirst()
  state.unsynced = state.unsynced.filter((other) => other !== segment)
  moveStart(state, segments.first.baseOffset)
  const { baseOffset, endOffset, sizeBytes, path } = segment
  const removed = segment.remove()
  if (removed < 0) return directory.fail("remove", path, removed)
  directory.log.info({ path, baseOffset, endOffset, sizeBytes, expiry }, "segment deleted")
  return undefined
}

/** Unmaps and closes sealed segments that nobody read since the last call. */
export function closeIdle(state: LogState): void {
  for (const segment of state.segments) {
    if (!segment.isSealed || !segment.isOpen) continue
    if (!segment.isUsed && !state.unsynced.includes(segment)) segment.close()
    segment.isUsed = false
  }
}

/** Brings everything into the shape that a clean start expects, and closes the files. */
export function closeFiles(state: LogState): StorageFailure | undefined {
  const { segments, config, directory } = state
  const { active } = segments
  let failure = state.failure
  if (failure === undefined && active.sizeBytes > 0) {
    const trimmed = config.preallocate ? active.trimData() : 0
    const result = trimmed < 0 ? trimmed : active.seal()
    if (result < 0) failure = directory.fail("seal", active.path, result)
  }
  failure ??= takeSnapshot(state)
  if (failure === undefined && !state.areEpochsSaved) failure = saveEpochs(state)
  // A roll may have been the last thing that happened, after all data was synced.
  const isEmpty = segments.count === 1 && active.sizeBytes === 0
  if (config.durability !== "memory" && !isEmpty) failure ??= state.smallFiles.syncNames()
  for (const segment of segments) segment.close()
  return failure
}
