/**
 * What a reply is made of: bytes in memory, and slices of files that go to the socket without
 * entering the JavaScript heap.
 */

/** A run of bytes of an open file. Whoever sends it calls `release` exactly once, sent or not. */
export interface FileSlice {
  /** Descriptor as returned by `Files.open`; stays open until the last slice of it is released. */
  readonly fd: number
  /** First byte in the file. */
  readonly position: number
  /** Number of bytes. */
  readonly length: number
  /** Called once when the bytes have left, or when their connection has closed. */
  release(): void
}

/** One piece of a reply. Pieces leave in order. */
export type Part = Uint8Array | FileSlice

/** Whether a part is a slice of a file (and not bytes in memory). */
export function isFileSlice(part: Part): part is FileSlice {
  return !(part instanceof Uint8Array)
}
