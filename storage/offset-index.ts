/**
 * Maps offsets to positions of batches. Sparse: not every batch has an entry.
 *
 *   entry:  offset of the batch's last record, relative to the segment (4) | position (4)
 *           big-endian, ascending in both
 *
 * 1. The kernel may write this map before the data: recovery drops entries past the valid data.
 * 2. Offsets are relative to the segment's base, so four bytes are enough.
 * 3. Which batches get an entry is decided in segment.ts and is what makes reading cheap.
 */
import { int32At, setInt32 } from "../protocol/records/batch.ts"
import { MappedIndex, type MappedIndexOptions } from "./mapped-index.ts"

const ENTRY_BYTES = 8

/** The offset index of one segment. */
export class OffsetIndex {
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

  /** Last offset of the batch that entry `slot` is about. */
  lastOffsetAt(slot: number): number {
    return this.#baseOffset + int32At(this.entries.bytes, slot * ENTRY_BYTES)
  }

  /** Position of the batch that entry `slot` is about. */
  positionAt(slot: number): number {
    return int32At(this.entries.bytes, slot * ENTRY_BYTES + 4)
  }

  /** Adds a batch; 0 or -errno. */
  append(lastOffset: number, position: number): number {
    const at = this.entries.reserve()
    if (at < 0) return at
    setInt32(this.entries.bytes, at, lastOffset - this.#baseOffset)
    setInt32(this.entries.bytes, at + 4, position)
    this.entries.commit()
    return 0
  }

  /** The last entry whose batch lies wholly below `offset`; -1 when there is none. */
  slotBelow(offset: number): number {
    return this.#lastSlot(0, offset - this.#baseOffset)
  }

  /** The last entry whose batch starts before `position`; -1 when there is none. */
  slotBefore(position: number): number {
    return this.#lastSlot(4, position)
  }

  /** Whether the entries ascend and stay within a data file of `dataBytes`. */
  isSound(dataBytes: number): boolean {
    const bytes = this.entries.bytes
    const end = this.count * ENTRY_BYTES
    let offset = -1
    let position = -1
    for (let at = 0; at < end; at += ENTRY_BYTES) {
      const nextOffset = int32At(bytes, at)
      const nextPosition = int32At(bytes, at + 4)
      if (nextOffset <= offset || nextPosition <= position) return false
      offset = nextOffset
      position = nextPosition
    }
    return position < dataBytes
  }

  /** Drops entries of batches that do not lie wholly below `offset`. */
  truncateTo(offset: number): void {
    this.entries.truncateTo(this.slotBelow(offset) + 1)
  }

  /** Binary search: the last slot whose field at `field` is below `limit`. */
  #lastSlot(field: number, limit: number): number {
    const bytes = this.entries.bytes
    let low = -1
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (int32At(bytes, middle * ENTRY_BYTES + field) < limit) low = middle
      else high = middle - 1
    }
    return low
  }
}
