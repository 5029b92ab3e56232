/**
 * What a log ought to be: an array of batches. The oracle of the storage simulation.
 *
 * All batches that were ever appended and not lost stay here, also those below the start offset: a
 * crash may bring deleted segments back, and then their bytes must still be right.
 */

/** A batch as it was stored. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly bytes: Buffer
  /** Of each record. */
  readonly timestamps: readonly number[]
  readonly producerId: number
  readonly baseSequence: number
}

/** A log as an array. */
export class LogModel {
  batches: StoredBatch[] = []
  startOffset = 0
  /** Everything below was acknowledged as durable. */
  durableOffset = 0

  get endOffset(): number {
    const last = this.batches.at(-1)
    return last === undefined ? 0 : last.lastOffset + 1
  }

  /** Place of the batch that holds an offset, or of the end. */
  indexHolding(offset: number): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.batches[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether a log may end here: between two batches. */
  isBoundary(offset: number): boolean {
    return (
      offset === this.endOffset || this.batches[this.indexHolding(offset)]?.baseOffset === offset
    )
  }

  /** The tail from `endOffset` on was lost. */
  truncateTo(endOffset: number): void {
    this.batches.length = this.indexHolding(endOffset)
    this.durableOffset = Math.min(this.durableOffset, endOffset)
  }

  /** First record, at or above the start, that is not older than `timestamp`. */
  findTimestamp(timestamp: number): { offset: number; timestamp: number } | undefined {
    for (const { baseOffset, timestamps } of this.batches) {
      for (const [index, found] of timestamps.entries()) {
        const offset = baseOffset + index
        if (offset >= this.startOffset && found >= timestamp) return { offset, timestamp: found }
      }
    }
    return undefined
  }

  /** Sequence number the producer has to continue with. */
  nextSequence(producerId: number): number {
    const last = this.batches.findLast((batch) => batch.producerId === producerId)
    return last === undefined ? 0 : last.baseSequence + last.timestamps.length
  }
}
