/** Names for the file slices that the reactor holds: small numbers, used again after release. */
import type { FileSlice } from "../parts.ts"

export class SliceTokens {
  readonly #slices: (FileSlice | undefined)[] = []
  readonly #free: number[] = []

  /** The token of a slice, until it comes back through `release`. */
  add(slice: FileSlice): number {
    const token = this.#free.pop() ?? this.#slices.length
    this.#slices[token] = slice
    return token
  }

  /** Releases the slices of the first `count` tokens of a table. */
  release(tokens: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const token = tokens[i]!
      const slice = this.#slices[token]
      this.#slices[token] = undefined
      this.#free.push(token)
      slice?.release()
    }
  }

  /** The reactor is gone, and with it whoever would have given tokens back. */
  releaseAll(): void {
    for (const slice of this.#slices.splice(0)) slice?.release()
    this.#free.length = 0
  }
}
