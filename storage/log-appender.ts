/**
 * Appends batches to one log.
 *
 * 1. A batch is checked, stamped in place and written by one native call; nothing is noted about it
 *    before that call has succeeded.
 * 2. The usual case allocates the result and nothing else.
 */
import { errno } from "../native/errno.ts"
import type { BatchAppend } from "../native/os.ts"
import * as batch from "../protocol/records/batch.ts"
import { findMarker } from "../protocol/records/control.ts"
import { type AppendResult, type BatchToAppend, type Refusal, refuse } from "./append-result.ts"
import type { StorageFailure } from "./log-directory.ts"
import type { LogState } from "./log-state.ts"
import { roll, saveEpochs } from "./log-upkeep.ts"
import type { ProducedBatch } from "./producer-state.ts"
import { MAX_INDEX_INTERVAL_BYTES } from "./segment.ts"
import { findFault, stampAppendTime } from "./validator.ts"

/** Relative offsets in index entries have 31 bits. */
const MAX_RELATIVE_OFFSET = 0x7fffffff

/** The writing side of a log. */
export class LogAppender {
  readonly #state: LogState
  /** Reused for every append: the native call has read it when it returns. */
  readonly #call: BatchAppend

  constructor(state: LogState) {
    this.#state = state
    const place = { fd: -1, bytes: Buffer.alloc(0), start: 0, length: 0, position: 0 }
    this.#call = { ...place, baseOffset: 0, leaderEpoch: 0, checkCrc: true }
  }

  append(append: BatchToAppend, nowMs: number): AppendResult {
    const state = this.#state
    const refused = state.failure ?? findFault(append, state.config, nowMs)
    if (refused !== undefined) return refused
    const { bytes, start } = append
    const hasProducer = batch.producerId(bytes, start) >= 0
    const isMarker = batch.isControl(batch.attributes(bytes, start))
    if (hasProducer) {
      const known = this.#checkProducer(append, isMarker)
      if (known !== undefined) return "ok" in known ? known : this.#duplicateOf(known)
    }
    const isStamped = state.config.timestampType === "LogAppendTime"
    if (isStamped && !stampAppendTime(state.os, append, nowMs)) return wrongChecksum()
    const failed = this.#makeRoom(append, nowMs) ?? this.#write(append, !isStamped)
    if (failed !== undefined) return failed
    const baseOffset = state.logEndOffset
    const lastOffset = baseOffset + batch.lastOffsetDelta(bytes, start)
    const failure = this.#note(append, lastOffset)
    if (failure !== undefined) return failure
    if (hasProducer) {
      if (isMarker) this.#noteMarker(bytes, start)
      else state.producers.noteBatch(bytes, start, baseOffset)
    }
    return {
      ok: true,
      baseOffset,
      lastOffset,
      logAppendTimeMs: isStamped ? nowMs : -1,
      logStartOffset: state.logStartOffset,
      isDuplicate: false,
    }
  }

  #checkProducer(append: BatchToAppend, isMarker: boolean): ProducedBatch | Refusal | undefined {
    const { bytes, start } = append
    const { producers } = this.#state
    if (append.origin === "client") return producers.check(bytes, start)
    const marker = isMarker ? findMarker(bytes, start) : undefined
    return producers.checkMarker({
      producerId: batch.producerId(bytes, start),
      epoch: batch.producerEpoch(bytes, start),
      coordinatorEpoch: marker?.coordinatorEpoch ?? Number.POSITIVE_INFINITY,
    })
  }

  #duplicateOf({ lastOffset, offsetDelta, timestamp }: ProducedBatch): AppendResult {
    const { config, logStartOffset } = this.#state
    return {
      ok: true,
      baseOffset: lastOffset - offsetDelta,
      lastOffset,
      logAppendTimeMs: config.timestampType === "LogAppendTime" ? timestamp : -1,
      logStartOffset,
      isDuplicate: true,
    }
  }

  /** Rolls when the batch does not belong into the active segment any more. */
  #makeRoom(append: BatchToAppend, nowMs: number): StorageFailure | undefined {
    const { segments, config, logEndOffset } = this.#state
    const { active } = segments
    if (active.sizeBytes === 0) return undefined
    const { bytes, start, length } = append
    const first = active.firstTimestamp
    const waitedMs =
      first >= 0 ? batch.maxTimestamp(bytes, start) - first : nowMs - active.createdAt
    const lastOffset = logEndOffset + batch.lastOffsetDelta(bytes, start)
    const hasRoom =
      active.sizeBytes + length <= config.segmentBytes &&
      waitedMs <= config.segmentMs - active.jitterMs &&
      lastOffset - active.baseOffset <= MAX_RELATIVE_OFFSET &&
      !active.offsets.entries.isFull &&
      !active.times.entries.isFull
    return hasRoom ? undefined : roll(this.#state)
  }

  /** Compares the checksum, stamps, writes: one native call. */
  #write(append: BatchToAppend, checkCrc: boolean): Refusal | StorageFailure | undefined {
    const { segments, directory, os, logEndOffset } = this.#state
    const { active } = segments
    const file = active.file()
    if (typeof file === "number") return directory.fail("open", active.path, file)
    const call = this.#call
    call.fd = file.fd
    call.bytes = append.bytes
    call.start = append.start
    call.length = append.length
    call.position = active.sizeBytes
    call.baseOffset = logEndOffset
    call.leaderEpoch = append.leaderEpoch
    call.checkCrc = checkCrc
    const result = os.files.appendBatch(call)
    if (result === append.length) return undefined
    return result === -errno.EBADMSG ? wrongChecksum() : directory.fail("write", file.path, result)
  }

  /** The batch is in the file. */
  #note(append: BatchToAppend, lastOffset: number): StorageFailure | undefined {
    const state = this.#state
    const { active } = state.segments
    const baseOffset = state.logEndOffset
    state.recent.note(baseOffset, active.sizeBytes)
    const timestamp = batch.maxTimestamp(append.bytes, append.start)
    const interval = Math.min(state.config.indexIntervalBytes, MAX_INDEX_INTERVAL_BYTES)
    const indexed = active.noteAppend(lastOffset, append.length, timestamp, interval)
    state.logEndOffset = lastOffset + 1
    if (indexed < 0) return state.directory.fail("write", active.offsets.entries.path, indexed)
    if (state.epochs.assign(append.leaderEpoch, baseOffset)) state.areEpochsSaved = false
    return state.areEpochsSaved ? undefined : saveEpochs(state)
  }

  #noteMarker(bytes: Buffer, start: number): void {
    const marker = findMarker(bytes, start)
    if (marker === undefined) return
    const { producers, segments, directory, config, logEndOffset } = this.#state
    const producerId = batch.producerId(bytes, start)
    const ended = producers.noteMarker({
      ...marker,
      producerId,
      epoch: batch.producerEpoch(bytes, start),
      offset: logEndOffset - 1,
      timestamp: batch.maxTimestamp(bytes, start),
    })
    if (ended !== undefined && marker.type === "abort") {
      const { transactions } = segments.active
      const result = transactions.append({ producerId, ...ended })
      if (result < 0) directory.fail("write", transactions.path, result)
    }
    if (config.durability !== "fsync") producers.noteDurable(logEndOffset)
  }
}

function wrongChecksum(): Refusal {
  return refuse("corrupt-batch", "the checksum does not fit the records")
}
