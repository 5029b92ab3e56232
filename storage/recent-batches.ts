/**
 * Where the latest batches of the active segment start: readers at the tail find their place here,
 * to the batch and without reading. A ring that doubles up to a limit, so idle logs hold nothing.
 */
const INITIAL_ENTRIES = 16
const MAX_ENTRIES = 1024

/** Base offsets and positions of the last batches, both ascending. */
export class RecentBatches {
  #offsets: Float64Array = new Float64Array(0)
  #positions: Float64Array = new Float64Array(0)
  /** Batches noted since the last `clear`; batch number n has slot n modulo the capacity. */
  #count = 0

  note(baseOffset: number, position: number): void {
    const capacity = this.#offsets.length
    if (this.#count >= capacity && capacity < MAX_ENTRIES) this.#grow()
    const slot = this.#count++ & (this.#offsets.length - 1)
    this.#offsets[slot] = baseOffset
    this.#positions[slot] = position
  }

  /** Position of the batch that holds `offset`; -1 when that was too long ago to be known. Offsets
   *  at or above the end of the log are the caller's business. */
  find(offset: number): number {
    const mask = this.#offsets.length - 1
    let low = Math.max(0, this.#count - this.#offsets.length) - 1
    const oldest = low
    let high = this.#count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#offsets[middle & mask]! <= offset) low = middle
      else high = middle - 1
    }
    return low === oldest ? -1 : this.#positions[low & mask]!
  }

  /** Another segment is written now, or the log was truncated. */
  clear(): void {
    this.#count = 0
  }

  #grow(): void {
    const capacity = Math.max(INITIAL_ENTRIES, this.#offsets.length * 2)
    const offsets = new Float64Array(capacity)
    const positions = new Float64Array(capacity)
    // Called when the ring is exactly full for the first time: nothing was overwritten yet.
    offsets.set(this.#offsets)
    positions.set(this.#positions)
    this.#offsets = offsets
    this.#positions = positions
  }
}
