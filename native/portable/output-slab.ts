/**
 * Copies of outgoing bytes, cut from small shared buffers: one allocation for many replies. Small,
 * because one unsent reply keeps its whole buffer alive.
 */
const SLAB_BYTES = 16_384

/** Where a transport's outgoing bytes are copied to. */
export class OutputSlab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  #used = 0

  /** A copy of `bytes[start, start + length)`. */
  copy(bytes: Uint8Array, start: number, length: number): Buffer {
    const target = this.#reserve(length)
    target.set(bytes.subarray(start, start + length))
    return target
  }

  #reserve(length: number): Buffer {
    if (length > SLAB_BYTES / 2) return Buffer.allocUnsafeSlow(length)
    if (length > SLAB_BYTES - this.#used) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#used = 0
    }
    this.#used += length
    return this.#slab.subarray(this.#used - length, this.#used)
  }
}
