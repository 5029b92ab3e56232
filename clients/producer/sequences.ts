/**
 * Sequence numbers of one partition of an idempotent producer. Each batch takes as many numbers as
 * it has records; the broker accepts a batch only if it continues the last one, and answers a
 * repetition without storing it twice.
 *
 * 1. A batch keeps its numbers over all attempts.
 * 2. When the broker says that numbers are missing before the *first* unfinished batch, then what
 *    is missing was lost or given up, and nothing behind it was stored. So, once nothing is in
 *    flight, the rest is numbered from 0 under the next epoch. A later batch is only tried again.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ProducerBatch, Stamp } from "./batch.ts"

/** Sequence numbers are int32, wrapping to 0. */
const SEQUENCE_RANGE = 0x8000_0000
/** The epoch is an int16; the last one is never used. */
const LAST_EPOCH = 0x7ffe

/** The id a broker gave to this producer. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Numbers of one partition. */
export class SequenceState {
  #producerId = -1
  #epoch = -1
  #next = 0
  /** Waits for the batches in flight before it numbers anew. */
  needsReset = false

  /** Whether its epochs are used up, so that a reset needs another producer id than this one. */
  isExhausted(identity: ProducerIdentity | undefined): boolean {
    if (identity === undefined) return true
    return this.#epoch >= LAST_EPOCH && identity.producerId === this.#producerId
  }

  /** Whether numbers can be given to a new batch: not before those of an old id are finished. */
  canStamp(identity: ProducerIdentity, hasStamped: boolean): boolean {
    if (this.needsReset) return false
    return identity.producerId === this.#producerId || !hasStamped
  }

  /** The numbers of the next batch. */
  take(identity: ProducerIdentity, recordCount: number): Stamp {
    if (identity.producerId !== this.#producerId) {
      this.#producerId = identity.producerId
      this.#epoch = identity.producerEpoch
      this.#next = 0
    }
    const baseSequence = this.#next
    this.#next = (baseSequence + recordCount) % SEQUENCE_RANGE
    return { producerId: this.#producerId, producerEpoch: this.#epoch, baseSequence }
  }

  /** A batch was refused for good. If it was the last one numbered, its numbers are free again. */
  giveBack(batch: ProducerBatch): void {
    const { stamp } = batch
    if (stamp === undefined || stamp.producerId !== this.#producerId) return
    const end = (stamp.baseSequence + batch.recordCount) % SEQUENCE_RANGE
    if (stamp.producerEpoch === this.#epoch && end === this.#next) this.#next = stamp.baseSequence
  }

  /** Numbers the stamped batches that are left from 0, in order, under the next epoch or a new
   *  id. */
  reset(identity: ProducerIdentity, batches: readonly ProducerBatch[]): void {
    this.needsReset = false
    this.#next = 0
    if (identity.producerId !== this.#producerId) {
      this.#producerId = identity.producerId
      this.#epoch = identity.producerEpoch
    } else this.#epoch++
    for (const batch of batches) {
      if (batch.stamp !== undefined) batch.seal(this.take(identity, batch.recordCount))
    }
  }
}

/** Errors that mean: the broker's idea of our sequence numbers is another one. */
export function isSequenceError(code: number): boolean {
  return (
    code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER ||
    code === ErrorCode.UNKNOWN_PRODUCER_ID ||
    code === ErrorCode.INVALID_PRODUCER_EPOCH
  )
}
