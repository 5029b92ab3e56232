/**
 * Cuts a stream of chunks into frames: length (4, int32) | that many bytes.
 *
 * 1. A frame that lies within one chunk is handed over in place, without a copy.
 * 2. What is held of an incomplete frame grows with the bytes that arrived (at most twice them),
 *    never with the length that was announced.
 */
const PREFIX_BYTES = 4
const SMALLEST_HOLD_BYTES = 256

/** Takes a frame; false stops the cutting (the connection is going away). */
export type FrameTaker = (bytes: Buffer, start: number, length: number) => boolean

/** The frames of one connection. */
export class FrameCutter {
  readonly #maxFrameBytes: number
  readonly #deliver: FrameTaker
  #held: Buffer | undefined
  #filled = 0
  #announced = 0
  #heldFrame = 0

  constructor(maxFrameBytes: number, deliver: FrameTaker) {
    this.#maxFrameBytes = maxFrameBytes
    this.#deliver = deliver
  }

  /** Memory held for an incomplete frame; zero between frames. */
  get heldBytes(): number {
    return this.#held?.length ?? 0
  }

  /** Length the incomplete frame announced; zero while its prefix is incomplete. */
  get announcedBytes(): number {
    return this.#announced
  }

  /** Numbers the frames that were ever held, so that one is told from the next. */
  get heldFrame(): number {
    return this.#heldFrame
  }

  /** Hands over all frames that `chunk` completes; false when one announced a length outside
   *  0..maxFrameBytes, after which the stream cannot be understood any more. */
  take(chunk: Buffer): boolean {
    let position = 0
    if (this.#held) {
      position = this.#fill(chunk)
      if (position < 0) return false
      if (!this.#isComplete()) return true
      if (!this.#deliverHeld()) return true
    }
    while (chunk.length - position >= PREFIX_BYTES) {
      const length = chunk.readInt32BE(position)
      if (!this.#isAllowed(length)) return false
      const end = position + PREFIX_BYTES + length
      if (end > chunk.length) break
      if (!this.#deliver(chunk, position + PREFIX_BYTES, length)) return true
      position = end
    }
    if (position < chunk.length) this.#hold(chunk.subarray(position))
    return true
  }

  /** Forgets an incomplete frame. */
  drop(): void {
    this.#held = undefined
    this.#filled = 0
    this.#announced = 0
  }

  #isAllowed(length: number): boolean {
    return length >= 0 && length <= this.#maxFrameBytes
  }

  #isComplete(): boolean {
    return this.#filled >= PREFIX_BYTES && this.#filled === PREFIX_BYTES + this.#announced
  }

  #hold(bytes: Buffer): void {
    this.#heldFrame++
    this.#held = Buffer.allocUnsafeSlow(Math.max(bytes.length, SMALLEST_HOLD_BYTES))
    this.#filled = bytes.copy(this.#held)
    if (this.#filled >= PREFIX_BYTES) this.#announced = this.#held.readInt32BE(0)
  }

  /** Moves what belongs to the held frame out of the chunk: number of bytes, or -1 when the
   *  length is not allowed. */
  #fill(chunk: Buffer): number {
    let taken = 0
    if (this.#filled < PREFIX_BYTES) {
      taken = chunk.copy(this.#held!, this.#filled, 0, PREFIX_BYTES - this.#filled)
      this.#filled += taken
      if (this.#filled < PREFIX_BYTES) return taken
      this.#announced = this.#held!.readInt32BE(0)
      if (!this.#isAllowed(this.#announced)) return -1
    }
    const missing = PREFIX_BYTES + this.#announced - this.#filled
    const count = Math.min(missing, chunk.length - taken)
    this.#reserve(this.#filled + count)
    chunk.copy(this.#held!, this.#filled, taken, taken + count)
    this.#filled += count
    return taken + count
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#held!.length) return
    const doubled = Math.min(2 * this.#held!.length, PREFIX_BYTES + this.#announced)
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, doubled))
    this.#held!.copy(larger, 0, 0, this.#filled)
    this.#held = larger
  }

  #deliverHeld(): boolean {
    const frame = this.#held!
    const length = this.#announced
    this.drop()
    return this.#deliver(frame, PREFIX_BYTES, length)
  }
}
