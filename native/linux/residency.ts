/**
 * Remembers what was just written to each file, so that sending it needs no look at the page cache.
 *
 * Appended bytes are in memory until the system needs the room: the last RECENT_BYTES of a file
 * that are written one behind the other count as there. A wrong guess costs time, nothing else.
 */

const RECENT_BYTES = 16 << 20

/** The freshly written tails of the files of one house, by descriptor. */
export class RecentTails {
  /** Two numbers per descriptor: start and end of its tail. */
  readonly #tails: number[] = []

  /** `length` bytes were written at `position`. */
  wrote(fd: number, position: number, length: number): void {
    const at = fd * 2
    while (this.#tails.length <= at + 1) this.#tails.push(0)
    const end = position + length
    if (this.#tails[at + 1] !== position) this.#tails[at] = position
    this.#tails[at + 1] = end
    if (end - (this.#tails[at] ?? 0) > RECENT_BYTES) this.#tails[at] = end - RECENT_BYTES
  }

  /** Whether that range lies within the tail. */
  holds(fd: number, position: number, length: number): boolean {
    const start = this.#tails[fd * 2]
    const end = this.#tails[fd * 2 + 1]
    if (start === undefined || end === undefined) return false
    return position >= start && position + length <= end
  }

  /** The descriptor was closed or its file cut: nothing is known of it. */
  forget(fd: number): void {
    if (fd * 2 + 1 >= this.#tails.length) return
    this.#tails[fd * 2] = 0
    this.#tails[fd * 2 + 1] = 0
  }
}
