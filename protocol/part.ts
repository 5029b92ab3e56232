/**
 * What an encoded frame is made of. The same shapes as `native/parts.ts`, written down again since
 * the protocol knows nothing of the outside world: values go both ways without conversion.
 */

/** A run of bytes of an open file, counted here and sent by somebody else. */
export interface FileSlice {
  readonly fd: number
  readonly position: number
  readonly length: number
  release(): void
}

/** One piece of a frame. Pieces leave in order. */
export type Part = Uint8Array | FileSlice
