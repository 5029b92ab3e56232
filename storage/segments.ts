/** The ordered set of a log's segments: which one holds an offset. The last one is written. */
import assert from "node:assert/strict"
import type { Segment } from "./segment.ts"

/** Segments in ascending order of their base offsets; never empty once a log is open. */
export class Segments {
  readonly #list: Segment[] = []

  get count(): number {
    return this.#list.length
  }

  get first(): Segment {
    assert(this.#list.length > 0, "a log has at least one segment")
    return this.#list[0]!
  }

  /** The one that takes appends. */
  get active(): Segment {
    assert(this.#list.length > 0, "a log has at least one segment")
    return this.#list[this.#list.length - 1]!
  }

  [Symbol.iterator](): IterableIterator<Segment> {
    return this.#list.values()
  }

  /** Adds a segment behind the others. */
  push(segment: Segment): void {
    const last = this.#list.at(-1)
    assert(last === undefined || last.baseOffset < segment.baseOffset, "segments ascend")
    this.#list.push(segment)
  }

  /** The last segment that starts at or below `offset`. */
  find(offset: number): Segment | undefined {
    return this.#list[this.#place(offset)]
  }

  /** The segment behind this one. */
  after(segment: Segment): Segment | undefined {
    return this.#list[this.#place(segment.baseOffset) + 1]
  }

  /** Segments that hold offsets at or above this one. */
  from(offset: number): readonly Segment[] {
    return this.#list.slice(Math.max(0, this.#place(offset)))
  }

  /** Takes the oldest segment out. */
  removeFirst(): Segment {
    assert(this.#list.length > 1, "the last segment stays")
    return this.#list.shift()!
  }

  /** Takes the newest segment out. */
  removeLast(): Segment {
    assert(this.#list.length > 0)
    return this.#list.pop()!
  }

  /** Bytes of data in all segments. */
  get sizeBytes(): number {
    let bytes = 0
    for (const segment of this.#list) bytes += segment.sizeBytes
    return bytes
  }

  /** Place of the last segment whose base is at or below `offset`; -1 when there is none. */
  #place(offset: number): number {
    const list = this.#list
    let high = list.length - 1
    // Most readers are in the active segment.
    if (high >= 0 && list[high]!.baseOffset <= offset) return high
    let low = -1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (list[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}
