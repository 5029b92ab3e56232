/**
 * Reads from the partitions of one fetch, within its byte limits, as far as its reader may see.
 *
 * 1. The first partition that has anything gives its first batch whole, however large (KIP-74), so
 *    that a reader always gets on.
 * 2. Idle partitions cost two comparisons: storage is asked only where there is something to read.
 * 3. Slices are retained: whoever gets a `FetchRead` sends them or calls `discard`.
 */
import type { FileSlice } from "../../native/os.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import type { Catalog } from "./catalog.ts"
import type { FetchTarget } from "./fetch-session.ts"
import { leaderEpochError } from "./leader-epochs.ts"
import type { AbortedTransaction, Isolation, Partition } from "./partition.ts"
import { ZERO_TOPIC_ID } from "./topic.ts"

/** What one partition gave. */
export interface TargetRead {
  readonly target: FetchTarget
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** Undefined: nothing to read. */
  readonly slice: FileSlice | undefined
  /** Null for readers of uncommitted records. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

/** What all partitions of a fetch gave. */
export interface FetchRead {
  readonly reads: TargetRead[]
  readonly totalBytes: number
  readonly hasError: boolean
  /** There are more bytes than were read: waiting for `minBytes` would be wrong. */
  readonly hasMore: boolean
}

/** Limits of one fetch. */
export interface FetchLimits {
  readonly maxBytes: number
  readonly isolation: Isolation
  /** Read nothing: the client does not take what it has. */
  readonly isWithoutRecords?: boolean
}

/** Reads what there is. */
export function readTargets(
  catalog: Catalog,
  targets: Iterable<FetchTarget>,
  limits: FetchLimits,
): FetchRead {
  const reads: TargetRead[] = []
  let totalBytes = 0
  let hasError = false
  let hasMore = false
  for (const target of targets) {
    const partition = resolve(catalog, target)
    const errorCode = partition === undefined ? missingCode(catalog, target) : 0
    if (partition === undefined) {
      hasError = true
      reads.push(failedRead(target, errorCode))
      continue
    }
    const room = limits.isWithoutRecords ? -1 : limits.maxBytes - totalBytes
    const read = readPartition(partition, target, { room, isFirst: totalBytes === 0, limits })
    if (read.errorCode !== 0) hasError = true
    if (read.slice !== undefined) {
      totalBytes += read.slice.length
      if (read.isCutShort) hasMore = true
    }
    reads.push(read)
  }
  return { reads, totalBytes, hasError, hasMore }
}

/** Gives back the slices of a read that is not sent. */
export function discard(read: FetchRead): void {
  for (const { slice } of read.reads) slice?.release()
}

/** The partition a target means, if it exists. */
export function resolve(catalog: Catalog, target: FetchTarget): Partition | undefined {
  if (target.partition !== undefined && !target.partition.isDeleted) return target.partition
  const topic = target.topic === "" ? catalog.findById(target.topicId) : catalog.find(target.topic)
  return (target.partition = topic?.partitions[target.index])
}

function missingCode(catalog: Catalog, target: FetchTarget): number {
  const isUnknownId = target.topicId !== ZERO_TOPIC_ID && !catalog.findById(target.topicId)
  return isUnknownId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
}

interface Room {
  /** Bytes left for the whole reply; below zero: nothing may be read. */
  readonly room: number
  /** Nothing has been read yet. */
  readonly isFirst: boolean
  readonly limits: FetchLimits
}

function readPartition(
  partition: Partition,
  target: FetchTarget,
  { room, isFirst, limits }: Room,
): TargetRead & { isCutShort: boolean } {
  if (partition.log.isDamaged) return failedRead(target, ErrorCode.KAFKA_STORAGE_ERROR)
  const epochError = leaderEpochError(partition, target.currentLeaderEpoch)
  if (epochError !== 0) return failedRead(target, epochError)
  const { fetchOffset } = target
  const { isolation } = limits
  const end = partition.readableEnd(isolation)
  const { logStartOffset } = partition
  if (fetchOffset < logStartOffset || fetchOffset > partition.logEndOffset) {
    return failedRead(target, ErrorCode.OFFSET_OUT_OF_RANGE)
  }
  let slice: FileSlice | undefined
  let endOffset: number | undefined
  if (fetchOffset < end && (room > 0 || (isFirst && room === 0))) {
    const maxBytes = Math.max(0, Math.min(target.maxBytes, room))
    const request = { offset: fetchOffset, maxBytes, isolation, wholeFirstBatch: isFirst }
    const read = partition.read(request)
    if (!read.ok) return failedRead(target, readFailureCode(read.reason))
    slice = read.slice
    endOffset = read.endOffset
  }
  const isCommitted = isolation === "read-committed"
  return {
    target,
    errorCode: 0,
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset,
    slice,
    abortedTransactions: isCommitted
      ? abortedIn(partition, fetchOffset, slice && (endOffset ?? end))
      : null,
    // Where storage does not know the end, the slice was cut by its size.
    isCutShort: slice !== undefined && (endOffset === undefined || endOffset < end),
  }
}

function abortedIn(partition: Partition, from: number, to: number | undefined) {
  return to === undefined ? [] : partition.abortedTransactions(from, to)
}

function readFailureCode(reason: "offset-out-of-range" | "storage-failure"): number {
  return reason === "offset-out-of-range"
    ? ErrorCode.OFFSET_OUT_OF_RANGE
    : ErrorCode.KAFKA_STORAGE_ERROR
}

function failedRead(target: FetchTarget, errorCode: number): TargetRead & { isCutShort: boolean } {
  return {
    target,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    slice: undefined,
    abortedTransactions: null,
    isCutShort: false,
  }
}
