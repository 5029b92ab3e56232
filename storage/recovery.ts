/**
 * Opening a log after a clean or an unclean stop.
 *
 * Clean: the end is found from the last index entry, and believed if it is where the recovery point
 * says and the file ends with a whole batch; else, or after an unclean stop, everything from the
 * segment of the recovery point on is read:
 *
 *   length sane, magic 2, CRC right, base offset the next one (greater where compacted), epoch not
 *   falling; from the first batch that is not so, the log is cut
 *
 * 1. Only what was never said to be safe is cut: damage below the recovery point, or in a segment
 *    that is not the last when no recovery point is known, stays and takes the log offline. Such a
 *    log keeps a recovery point above the damage, so that no later start takes it for a tail.
 * 2. Indexes are made anew from what was read, and elsewhere when they are missing or damaged.
 * 3. What was kept is synced before the log opens: after kill -9 it may be in the page cache only.
 */
import { errno } from "../native/errno.ts"
import type { Os } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { BatchWalk } from "./batch-walk.ts"
import { readText } from "./checkpoint.ts"
import { isLeftover, LEADER_EPOCH_FILE, parseSegmentName, segmentPath } from "./layout.ts"
import { LeaderEpochs } from "./leader-epochs.ts"
import type { LogConfig } from "./log-config.ts"
import type { StorageFailure, StorageLogger } from "./log-directory.ts"
import type { LoadedLog } from "./log-state.ts"
import { rebuildProducers } from "./producer-rebuild.ts"
import { ProducerState } from "./producer-state.ts"
import { MAX_INDEX_INTERVAL_BYTES, Segment, type SegmentHome } from "./segment.ts"
import { startsDense } from "./segment-search.ts"
import { Segments } from "./segments.ts"

/** What is known before a log is opened. */
export interface RecoveryOptions {
  readonly os: Os
  readonly home: SegmentHome
  readonly config: LogConfig
  readonly log: StorageLogger
  /** The stop before was orderly: everything is as it was left. */
  readonly isClean: boolean
  /** It was this broker that stopped, not Kafka. */
  readonly isOwn: boolean
  /** Everything below was synced; undefined when nobody remembers. */
  readonly recoveryPoint: number | undefined
  /** Start of the log where it is not that of the first segment. */
  readonly logStartOffset: number | undefined
}

/** Opens what is in a log's directory; a number is -errno. */
export function loadLog(options: RecoveryOptions): LoadedLog | number {
  const names = options.os.files.list(options.home.path)
  if (typeof names === "number") return names
  const segments = openSegments(options, names)
  if (typeof segments === "number") return segments
  const epochs = loadEpochs(options, segments, names)
  const found = options.isClean ? findCleanEnd(options, segments) : false
  if (typeof found === "number") return found
  const scan = found ? undefined : new Recovery(options, segments, epochs).run()
  if (typeof scan === "number") return scan
  const endOffset = segments.active.endOffset
  const start = Math.max(options.logStartOffset ?? 0, segments.first.baseOffset)
  const logStartOffset = Math.min(start, endOffset)
  epochs.truncateFromEnd(Math.max(endOffset, 1))
  epochs.truncateFromStart(logStartOffset)
  const producers = new ProducerState()
  const loaded = {
    ...{ segments, epochs, producers, logStartOffset },
    recoveryPoint: endOffset,
    isRecovered: scan !== undefined,
  }
  if (scan?.damage !== undefined) {
    const { offset, failure } = scan.damage
    const recoveryPoint = options.recoveryPoint ?? offset + 1
    // The end that was found is not the true one: it must not move the start that is remembered.
    return { ...loaded, logStartOffset: start, recoveryPoint, snapshotOffset: -1, failure }
  }
  const rebuilt = rebuildProducers({
    ...options,
    segments,
    producers,
    names,
    snapshotLimit: scan?.firstOffset ?? endOffset,
    ...(scan === undefined ? {} : { indexFrom: scan.firstOffset }),
  })
  if (typeof rebuilt === "string") return -errno.EIO
  return { ...loaded, ...rebuilt }
}

/** The segments of a directory by their names; leftovers of interrupted steps are removed. */
function openSegments(options: RecoveryOptions, names: readonly string[]): Segments | number {
  const { os, home, config } = options
  const files = names.map((name) => ({ name, parsed: parseSegmentName(name) }))
  const bases = new Set(
    files.flatMap(({ parsed }) => (parsed?.kind === "data" ? [parsed.offset] : [])),
  )
  for (const { name, parsed } of files) {
    const isOrphan = parsed !== undefined && parsed.kind !== "snapshot" && !bases.has(parsed.offset)
    if (isOrphan || isLeftover(name)) os.files.unlink(`${home.path}/${name}`)
  }
  const segments = new Segments()
  for (const baseOffset of bases) {
    const stat = os.files.stat(segmentPath(home.path, baseOffset, "data"))
    if (typeof stat === "number") return stat
    const place = { baseOffset, sizeBytes: stat.size, isNew: false, config }
    const segment = new Segment(home, place)
    segment.createdAt = stat.modifiedAt
    seal(segments, baseOffset)
    segments.push(segment)
  }
  if (segments.count > 0) return segments
  const place = { baseOffset: options.logStartOffset ?? 0, config, jitterMs: 0 }
  const first = Segment.create(home, { ...place, createdAt: os.clock.nowMs() })
  if (typeof first === "number") return first
  first.close()
  segments.push(first)
  return segments
}

/** The segment that was last so far ends where the next one begins. */
function seal(segments: Segments, endOffset: number): void {
  if (segments.count === 0) return
  segments.active.isSealed = true
  segments.active.endOffset = endOffset
}

/** Whether the log ends as the clean stop left it; -errno. */
function findCleanEnd(options: RecoveryOptions, segments: Segments): boolean | number {
  const { active } = segments
  const { recoveryPoint, log, isOwn } = options
  const found = active.findEnd()
  if (typeof found === "number") return found
  // An index that lost its end tells of a stop that was not so orderly.
  const isIndexed = active.isDense !== false || !startsDense(active)
  if (found && isIndexed && (recoveryPoint === undefined || recoveryPoint === active.endOffset)) {
    active.isDense = active.sizeBytes === 0 || (isOwn && startsDense(active))
    return true
  }
  const fields = { path: active.path, recoveryPoint, endOffset: active.endOffset }
  log.warn(fields, "the log does not end where the clean stop left it: recovering")
  return false
}

/** Epochs from their file; from the batches when it is missing or damaged. */
function loadEpochs(
  options: RecoveryOptions,
  segments: Segments,
  names: readonly string[],
): LeaderEpochs {
  const { os, home, log } = options
  const path = `${home.path}/${LEADER_EPOCH_FILE}`
  const text = names.includes(LEADER_EPOCH_FILE) ? readText(os.files, path) : undefined
  const epochs = typeof text === "string" ? LeaderEpochs.parse(text) : undefined
  if (epochs !== undefined) return epochs
  const rebuilt = new LeaderEpochs()
  if (segments.count === 1 && segments.first.sizeBytes === 0) return rebuilt
  log.warn({ path }, "leader epochs are read from the batches: their file is missing or damaged")
  for (const segment of segments) {
    const file = segment.file()
    if (typeof file === "number") continue
    const { files } = os
    const walk = new BatchWalk({ files, fd: file.fd, from: 0, to: segment.sizeBytes })
    while (walk.next())
      rebuilt.assign(batch.leaderEpoch(walk.bytes, walk.at), batch.baseOffset(walk.bytes, walk.at))
  }
  return rebuilt
}

interface Recovered {
  /** Base of the first segment that was read. */
  readonly firstOffset: number
  /** Damage that must not be cut away, and the first offset that it takes. */
  readonly damage?: { readonly offset: number; readonly failure: StorageFailure }
}

/** What a batch must follow. */
interface Expected {
  offset: number
  epoch: number
}

/** Reads a log from the segment of its recovery point to its end. */
class Recovery {
  readonly #options: RecoveryOptions
  readonly #segments: Segments
  readonly #epochs: LeaderEpochs

  constructor(options: RecoveryOptions, segments: Segments, epochs: LeaderEpochs) {
    this.#options = options
    this.#segments = segments
    this.#epochs = epochs
  }

  /** Whole batches up to an end below what was on disk: nothing to cut, but not silent. */
  #warnOfShortLog(): void {
    const { recoveryPoint = 0, log, home } = this.#options
    const { endOffset } = this.#segments.active
    if (endOffset >= recoveryPoint) return
    const fields = { path: home.path, recoveryPoint, endOffset }
    log.warn(fields, "records that were on disk are gone from the end of the log")
  }

  run(): Recovered | number {
    const { recoveryPoint = 0, os } = this.#options
    // Where a segment ends at the recovery point, its indexes may not have been synced yet.
    const scanned = [...this.#segments.from(recoveryPoint - 1)]
    const firstOffset = scanned[0]!.baseOffset
    const expected = { offset: firstOffset, epoch: -1 }
    for (const segment of scanned) {
      const result = this.#scan(segment, expected)
      if (typeof result === "number") return result
      if (result === undefined) continue
      const failure = this.#judge(segment, expected.offset, result)
      if (failure !== undefined)
        return { firstOffset, damage: { offset: expected.offset, failure } }
      const cut = this.#cut(segment, expected.offset)
      if (cut < 0) return cut
      break
    }
    this.#warnOfShortLog()
    for (const segment of this.#segments.from(firstOffset)) {
      if (segment.sizeBytes === 0) continue
      const file = segment.file()
      let result = typeof file === "number" ? file : os.files.syncNow(file.fd)
      // The indexes made here will be believed next time, but for those of the active segment.
      if (result >= 0 && segment.isSealed) result = segment.syncIndexes()
      if (result < 0) return result
      if (segment.isSealed) segment.close()
    }
    // The names of an empty log are made durable with its first record.
    const isEmpty = scanned.every((segment) => segment.sizeBytes === 0)
    const synced = isEmpty ? 0 : os.files.syncDirectory(this.#options.home.path)
    return synced < 0 ? synced : { firstOffset }
  }

  /** Undefined when all of the segment is sound; else what is wrong behind its `sizeBytes`. */
  #scan(segment: Segment, expected: Expected): string | undefined | number {
    const { os } = this.#options
    const { endOffset, sizeBytes: to } = segment
    if (to === 0 && !segment.isSealed) {
      segment.clearIndexes()
      return undefined
    }
    const file = segment.file()
    if (typeof file === "number") return file
    const walk = new BatchWalk({ files: os.files, fd: file.fd, from: 0, to, isWhole: true })
    segment.clearIndexes()
    segment.transactions.truncateTo(segment.baseOffset)
    segment.sizeBytes = 0
    segment.endOffset = segment.baseOffset
    while (walk.next()) {
      const problem = this.#check(walk, expected)
      if (problem !== undefined) return problem
      this.#epochs.assign(batch.leaderEpoch(walk.bytes, walk.at), walk.baseOffset)
      const { lastOffset, length, maxTimestamp } = walk
      const result = segment.noteAppend(lastOffset, length, maxTimestamp, MAX_INDEX_INTERVAL_BYTES)
      if (result < 0) return result
      expected.offset = lastOffset + 1
      expected.epoch = batch.leaderEpoch(walk.bytes, walk.at)
    }
    if (walk.stop === "failed") return walk.result
    if (walk.stop !== "end") return walk.stop === "malformed" ? "not a batch" : "a batch cut short"
    if (!segment.isSealed) return undefined
    segment.endOffset = endOffset
    if (expected.offset < endOffset && !this.#mayHaveGaps(expected.offset))
      return `records ${expected.offset} to ${endOffset - 1} are missing`
    expected.offset = endOffset
    return Math.min(segment.seal(), 0) || undefined
  }

  #check(walk: BatchWalk, expected: Expected): string | undefined {
    const { bytes, at, length } = walk
    const from = at + batch.BatchField.attributes
    const covered = length - batch.BatchField.attributes
    if (this.#options.os.crc32c(bytes, from, covered) !== batch.crc(bytes, at))
      return "a batch with a wrong checksum"
    const { baseOffset } = walk
    if (baseOffset < expected.offset) return `offset ${baseOffset} a second time`
    if (baseOffset > expected.offset && !this.#mayHaveGaps(expected.offset))
      return `offset ${baseOffset} instead of ${expected.offset}`
    if (batch.lastOffsetDelta(bytes, at) < 0) return "a batch with a negative number of records"
    const epoch = batch.leaderEpoch(bytes, at)
    return epoch < expected.epoch ? `epoch ${epoch} after ${expected.epoch}` : undefined
  }

  /** Compaction takes records out, but never of what was not synced yet. */
  #mayHaveGaps(offset: number): boolean {
    const { config, recoveryPoint = 0 } = this.#options
    return config.cleanupPolicy.includes("compact") || offset < recoveryPoint
  }

  /** A failure when the damage must not be cut away. */
  #judge(segment: Segment, offset: number, problem: string): StorageFailure | undefined {
    const { recoveryPoint, log } = this.#options
    const isLast = segment === this.#segments.active
    const isTail = recoveryPoint === undefined ? isLast : offset >= recoveryPoint
    if (isTail) return undefined
    const { path, sizeBytes: position } = segment
    const message = `${path} is damaged at position ${position}, offset ${offset}: ${problem}`
    log.error({ path, position, offset, problem }, `${message}; the partition stays offline`)
    return { ok: false, reason: "storage-failure", message }
  }

  /** Cuts the log behind the sound part of `segment`; 0 or -errno. */
  #cut(segment: Segment, endOffset: number): number {
    const { os, log } = this.#options
    const file = segment.file()
    if (typeof file === "number") return file
    while (this.#segments.active !== segment) {
      const { path, sizeBytes } = this.#segments.active
      log.warn({ path, cutBytes: sizeBytes }, "segment behind the torn tail removed")
      const removed = this.#segments.removeLast().remove()
      if (removed < 0) return removed
    }
    const { path, sizeBytes } = segment
    const cutBytes = os.files.size(file.fd) - sizeBytes
    if (segment.isSealed) segment.close()
    segment.isSealed = false
    segment.endOffset = endOffset
    const writable = segment.file()
    if (typeof writable === "number") return writable
    const result = os.files.truncate(writable.fd, sizeBytes)
    if (result < 0) return result
    log.warn({ path, endOffset, sizeBytes, cutBytes }, "torn tail cut")
    return segment.loadIndexes()
  }
}
