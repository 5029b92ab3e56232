/**
 * Cuts a stream of bytes into frames: length (4) | that many bytes.
 *
 * 1. Bytes are received in place: a small frame in a shared buffer (and then copied out), the rest
 *    of a large one directly where it stays, so that fetched records are not copied again.
 * 2. Memory follows the bytes received: a frame starts with at most INITIAL_BYTES, whatever its
 *    length says, and doubles when that much has arrived.
 */

const RECEIVE_BYTES = 64 * 1024
const INITIAL_BYTES = 4 * 1024 * 1024
const PREFIX_BYTES = 4

/** Why the stream cannot be cut into frames. `prefix` is the offending length field. */
export interface BadFrame {
  readonly length: number
  readonly prefix: Buffer
}

/** One direction of one connection. */
export class FrameReader {
  readonly #maxFrameBytes: number
  readonly #onFrame: (frame: Buffer) => void
  readonly #receive = Buffer.allocUnsafeSlow(RECEIVE_BYTES)
  #start = 0
  #end = 0
  /** The frame that did not fit into what was received with its prefix. */
  #frame: Buffer | undefined
  #frameLength = 0
  #filled = 0
  #isStopped = false

  constructor(maxFrameBytes: number, onFrame: (frame: Buffer) => void) {
    this.#maxFrameBytes = maxFrameBytes
    this.#onFrame = onFrame
  }

  /** Where the next bytes are to be put. Never empty. */
  space(): Buffer {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#filled)
    return this.#receive.subarray(this.#end)
  }

  /** `length` bytes have been put into what `space` gave. Returns what is wrong with them, if
   *  anything is; nothing may be received after that. */
  received(length: number): BadFrame | undefined {
    if (this.#frame === undefined) {
      this.#end += length
      return this.#cut()
    }
    this.#filled += length
    if (this.#filled === this.#frameLength) {
      const frame = this.#frame
      this.#frame = undefined
      this.#onFrame(frame.length === this.#frameLength ? frame : frame.subarray(0, this.#filled))
    } else if (this.#filled === this.#frame.length) {
      this.#frame = enlarged(this.#frame, this.#frameLength)
    }
    return undefined
  }

  /** No frame is handed over any more, not even one that has been received. */
  stop(): void {
    this.#isStopped = true
  }

  /** Hands over every whole frame in the shared buffer; makes room for the rest. */
  #cut(): BadFrame | undefined {
    while (this.#end - this.#start >= PREFIX_BYTES && !this.#isStopped) {
      const length = this.#receive.readInt32BE(this.#start)
      if (length < PREFIX_BYTES || length > this.#maxFrameBytes) {
        const prefix = Buffer.from(this.#receive.subarray(this.#start, this.#start + 4))
        return { length, prefix }
      }
      const bodyStart = this.#start + PREFIX_BYTES
      if (this.#end - bodyStart < length) return this.#beginFrame(bodyStart, length)
      this.#start = bodyStart + length
      this.#onFrame(Buffer.from(this.#receive.subarray(bodyStart, this.#start)))
    }
    this.#receive.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    return undefined
  }

  #beginFrame(bodyStart: number, length: number): undefined {
    this.#frame = Buffer.allocUnsafeSlow(Math.min(length, INITIAL_BYTES))
    this.#frameLength = length
    this.#filled = this.#receive.copy(this.#frame, 0, bodyStart, this.#end)
    this.#start = 0
    this.#end = 0
  }
}

function enlarged(frame: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(frame.length * 2, length))
  frame.copy(larger)
  return larger
}
