/**
 * Maps timestamps to offsets. Sparse, like the offset index.
 *
 *   entry:  timestamp (8) | relative offset (4)       big-endian, ascending in both
 *
 * An entry says: no batch up to the one that ends with this offset has a larger timestamp.
 */
import { int32At, int64At, setInt32, setInt64 } from "../protocol/records/batch.ts"
import { MappedIndex, type MappedIndexOptions } from "./mapped-index.ts"

const ENTRY_BYTES = 12

/** The time index of one segment. */
export class TimeIndex {
  readonly entries: MappedIndex
  readonly #baseOffset: number

  constructor(
    options: Omit<MappedIndexOptions, "entryBytes"> & { baseOffset: number },
    isNew: boolean,
  ) {
    this.entries = new MappedIndex({ ...options, entryBytes: ENTRY_BYTES }, isNew)
    this.#baseOffset = options.baseOffset
  }

  get count(): number {
    return this.entries.count
  }

  timestampAt(slot: number): number {
    return int64At(this.entries.bytes, slot * ENTRY_BYTES)
  }

  offsetAt(slot: number): number {
    return this.#baseOffset + int32At(this.entries.bytes, slot * ENTRY_BYTES + 8)
  }

  /** Adds an entry unless the last one has this timestamp or a larger one; 0 or -errno. */
  append(timestamp: number, offset: number): number {
    const last = this.count - 1
    if (last >= 0 && timestamp <= this.timestampAt(last)) return 0
    const at = this.entries.reserve()
    if (at < 0) return at
    setInt64(this.entries.bytes, at, timestamp)
    setInt32(this.entries.bytes, at + 8, offset - this.#baseOffset)
    this.entries.commit()
    return 0
  }

  /** The last entry with a timestamp below this one; -1 when there is none. */
  slotBelow(timestamp: number): number {
    let low = -1
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.timestampAt(middle) < timestamp) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Whether the entries ascend and stay below the segment's end. */
  isSound(endOffset: number): boolean {
    for (let slot = 0; slot < this.count; slot++) {
      if (this.offsetAt(slot) >= endOffset) return false
      if (slot === 0) continue
      if (this.timestampAt(slot) <= this.timestampAt(slot - 1)) return false
      if (this.offsetAt(slot) <= this.offsetAt(slot - 1)) return false
    }
    return true
  }

  /** Drops entries about offsets at or above `offset`. */
  truncateTo(offset: number): void {
    let count = this.count
    while (count > 0 && this.offsetAt(count - 1) >= offset) count--
    this.entries.truncateTo(count)
  }
}
