/**
 * A log plus its readers: how far each kind of reader may see, and who hears when that moves.
 *
 *   log start ... last stable offset <= high watermark <= log end
 *
 * 1. With durability=fsync and visibility=synced the high watermark follows the sync, so that
 *    nobody reads what a power cut can take back; otherwise it is the log end.
 * 2. Read-committed readers see up to the last stable offset, others up to the high watermark.
 */
import type { FileSlice } from "../../native/os.ts"
import type { AppendResult } from "../../storage/append-result.ts"
import type { Log, StorageFailure } from "../../storage/log.ts"

/** What a reader may see: everything committed, or only decided transactions. */
export type Isolation = "read-uncommitted" | "read-committed"

/** Whether readers wait for the disk: `visibility` of the broker's options. */
export type Visibility = "synced" | "appended"

/** A transaction whose records a read-committed reader has to skip. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** What a read gave. */
export type PartitionRead =
  | {
      readonly ok: true
      /** Undefined when there is nothing to read yet. */
      readonly slice: FileSlice | undefined
      /** Offset after the last whole batch of the slice, when storage knows it. */
      readonly endOffset: number | undefined
    }
  | { readonly ok: false; readonly reason: "offset-out-of-range" | "storage-failure" }

/** What one reader asks of a partition. */
export interface PartitionReadRequest {
  readonly offset: number
  readonly maxBytes: number
  readonly isolation: Isolation
  /** Give the first batch even when it is larger than `maxBytes` (KIP-74). */
  readonly wholeFirstBatch: boolean
}

/** One partition of a topic, led by this broker. */
export class Partition {
  readonly topic: string
  readonly index: number
  readonly log: Log
  /** The epoch of what is appended now. The log learns of it with the first append: until then all
   *  of it is older. */
  readonly leaderEpoch: number
  /** True once the topic has been deleted: whoever cached this partition looks it up again. */
  isDeleted = false
  readonly #visibility: Visibility
  readonly #nowMs: () => number
  readonly #listeners: ((partition: Partition) => void)[] = []

  constructor(
    log: Log,
    options: { visibility: Visibility; leaderEpoch: number; nowMs: () => number },
  ) {
    this.topic = log.topic
    this.index = log.partition
    this.log = log
    this.#visibility = options.visibility
    this.#nowMs = options.nowMs
    this.leaderEpoch = options.leaderEpoch
    log.onDurable = () => {
      if (this.#followsSync) this.#advance()
    }
  }

  get logStartOffset(): number {
    return this.log.logStartOffset
  }

  get logEndOffset(): number {
    return this.log.logEndOffset
  }

  /** First offset that readers do not see yet. */
  get highWatermark(): number {
    return this.#followsSync ? this.log.durableOffset : this.log.logEndOffset
  }

  /** First offset of the oldest undecided transaction, or the high watermark. */
  get lastStableOffset(): number {
    return Math.min(this.log.lastStableOffset, this.highWatermark)
  }

  /** First offset a reader of this kind may not see. */
  readableEnd(isolation: Isolation): number {
    return isolation === "read-committed" ? this.lastStableOffset : this.highWatermark
  }

  /** Appends one record batch, as the client sent it or as a coordinator built it. */
  append(
    bytes: Buffer,
    start: number,
    length: number,
    origin: "client" | "coordinator" = "client",
  ): AppendResult {
    const batch = { bytes, start, length, leaderEpoch: this.leaderEpoch, origin }
    const result = this.log.append(batch, this.#nowMs())
    if (result.ok && !this.#followsSync) this.#advance()
    return result
  }

  /** Calls `done` when everything below `endOffset` is as safe as acks=all promises: at once when
   *  it is already, or when a sync is not part of the promise. */
  whenCommitted(endOffset: number, done: (failure: StorageFailure | undefined) => void): void {
    this.log.whenDurable(endOffset, done)
  }

  /** Record bytes from an offset on, as far as this reader may see. The slice is the caller's to
   *  release. */
  read(request: PartitionReadRequest): PartitionRead {
    // The offsets of a damaged log say nothing.
    if (this.log.isDamaged) return { ok: false, reason: "storage-failure" }
    const { offset, maxBytes, wholeFirstBatch } = request
    const endOffset = this.readableEnd(request.isolation)
    // Between the readable end and the log end there is nothing to see yet, which is no error.
    if (offset >= endOffset && offset <= this.log.logEndOffset && offset >= this.logStartOffset) {
      return { ok: true, slice: undefined, endOffset: undefined }
    }
    // Clients skip records below the offset they asked for, so a slice may start a little early.
    return this.log.read({ offset, maxBytes, endOffset, wholeFirstBatch, mayStartEarly: true })
  }

  /** Epoch of the record at an offset, or of the one that is going to be there; -1 if not known. */
  epochAt(offset: number): number {
    return offset >= this.logEndOffset ? this.leaderEpoch : this.log.epochAt(offset)
  }

  /** The largest epoch not above the one asked for, and where it ends; -1 and -1 for unknown. */
  endOffsetForEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: number } {
    const { log, logEndOffset } = this
    if (leaderEpoch === this.leaderEpoch) return { leaderEpoch, endOffset: logEndOffset }
    // Later than all records and earlier than the present epoch: it had none.
    const isBetween = leaderEpoch < this.leaderEpoch && leaderEpoch > log.leaderEpoch
    const end = log.endOffsetForEpoch(isBetween ? log.leaderEpoch : leaderEpoch)
    // A log without records has no epochs, but was led: nothing of what was read is lost.
    const wasLed = leaderEpoch >= 0 && leaderEpoch < this.leaderEpoch
    return end.leaderEpoch < 0 && wasLed ? { leaderEpoch, endOffset: logEndOffset } : end
  }

  /** Aborted transactions with records in [from, to). */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    return this.log.abortedTransactions(from, to)
  }

  /** Calls `listener` whenever readers may see more, and when the partition is deleted. */
  onAdvance(listener: (partition: Partition) => void): void {
    this.#listeners.push(listener)
  }

  /** The topic is gone: readers that wait are told. */
  markDeleted(): void {
    this.isDeleted = true
    this.#advance()
  }

  /** Tells listeners that the readable end may have moved for a reason outside of `append`. */
  notify(): void {
    this.#advance()
  }

  get #followsSync(): boolean {
    return this.#visibility === "synced" && this.log.config.durability === "fsync"
  }

  #advance(): void {
    for (const listener of this.#listeners) listener(this)
  }
}
