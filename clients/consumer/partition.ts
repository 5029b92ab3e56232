/**
 * What a consumer knows of one partition it reads. Three places, which fall only by a seek:
 *
 *   finished <= delivered <= position
 *
 * `position` is fetched next, `delivered` follows the last record handed out, and `finished` the
 * last one that the user has come back from (so it is safe to commit).
 */
import type { TopicPartition } from "../records.ts"

/** Where a partition without a position gets one from. */
export type PositionSource =
  | { readonly kind: "known" }
  | { readonly kind: "committed" }
  | { readonly kind: "policy" }
  | { readonly kind: "timestamp"; readonly timestamp: number }

const KNOWN: PositionSource = { kind: "known" }

/** One partition being read. */
export class ConsumedPartition implements TopicPartition {
  readonly topic: string
  readonly partition: number
  source: PositionSource
  /** -1 until it is known. */
  position = -1
  delivered = -1
  finished = -1
  /** What this consumer committed last; -1 before. */
  committed = -1
  isPaused = false
  /** False once it belongs to somebody else. */
  isActive = true
  /** Batches fetched and not handed out. */
  bufferedCount = 0
  /** As of the last fetch; -1 before. */
  highWatermark = -1
  lastStableOffset = -1
  /** Monotonic instant before which it is not fetched. */
  retryAt = 0
  failures = 0
  /** Counts jumps: what was fetched before one is not handed out after it. */
  jumps = 0

  constructor(which: TopicPartition, source: PositionSource) {
    this.topic = which.topic
    this.partition = which.partition
    this.source = source
  }

  /** Whether it can be fetched. */
  get hasPosition(): boolean {
    return this.source.kind === "known"
  }

  /** Goes to an offset; what was fetched is dropped. */
  seek(offset: number): void {
    this.delivered = offset
    this.finished = offset
    this.source = KNOWN
    this.rewind()
  }

  /** Forgets the position; it is looked up before the next fetch. */
  seekLater(source: PositionSource): void {
    this.rewind()
    this.source = source
  }

  /** Drops what was fetched and not handed out: it will be fetched again. */
  rewind(): void {
    this.position = this.delivered
    this.jumps++
    this.bufferedCount = 0
    this.retryAt = 0
  }
}
