/**
 * What one connection still has to send: bytes and file slices, in order.
 *
 * 1. The stream is given at most WINDOW_BYTES ahead of what the kernel took.
 * 2. Slices are read off the loop, one piece in flight; bytes queued in front of a piece
 *    leave together with it.
 * 3. A slice is released once: when its last byte has left, or at `stop` (but never under a read).
 */
import type { FileSlice } from "../parts.ts"
import type { ByteStream, StreamHost } from "./byte-stream.ts"
import type { Counters } from "./counters.ts"

const WINDOW_BYTES = 262_144
const LARGEST_PIECE_BYTES = 262_144
/** Sent entries kept at the front of the queue before they are cut off. */
const LONGEST_SENT_COUNT = 512

/** What a sender tells its connection. */
export interface SenderEvents {
  /** Bytes have left. */
  onProgress(): void
  /** A slice ended early or could not be read. */
  onShortFile(): void
}

interface QueuedSlice {
  readonly slice: FileSlice
  /** Bytes of it that were read. */
  readBytes: number
}

/** The sending half of one connection. */
export class Sender {
  readonly #stream: ByteStream
  readonly #host: StreamHost
  readonly #counters: Counters
  readonly #events: SenderEvents
  readonly #pieceBytes: number
  #queue: (Buffer | QueuedSlice)[] = []
  #head = 0
  /** Bytes taken off the queue, waiting for the piece behind them. */
  #ahead: Buffer[] = []
  /** Slices that were read to the end and have not left. */
  readonly #leaving = new Set<FileSlice>()
  #reading: QueuedSlice | undefined
  #queuedBytes = 0
  #isStopped = false
  #whenStopped: (() => void) | undefined

  constructor(
    stream: ByteStream,
    options: { host: StreamHost; counters: Counters; events: SenderEvents; maxPieceBytes: number },
  ) {
    this.#stream = stream
    this.#host = options.host
    this.#counters = options.counters
    this.#events = options.events
    this.#pieceBytes = Math.max(1, Math.min(LARGEST_PIECE_BYTES, options.maxPieceBytes))
  }

  /** Bytes that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#queuedBytes + this.#stream.unwrittenBytes
  }

  /** Queues bytes that nobody changes any more. */
  queueBytes(bytes: Buffer): void {
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
  }

  queueSlice(slice: FileSlice): void {
    this.#queue.push({ slice, readBytes: 0 })
    this.#queuedBytes += slice.length
  }

  /** Sends what the stream takes. */
  pump(): void {
    if (this.#isStopped || this.#reading) return
    this.#stream.cork()
    while (this.#head < this.#queue.length && this.#stream.unwrittenBytes < WINDOW_BYTES) {
      const next = this.#queue[this.#head]!
      if (!Buffer.isBuffer(next)) {
        this.#startReading(next)
        break
      }
      this.#head++
      if (this.#isFileNext()) this.#ahead.push(next)
      else this.#writeBytes(next)
    }
    this.#forgetSent()
    this.#stream.uncork()
  }

  /** Forgets everything unsent; `done` runs when no read is in flight any more. */
  stop(done: () => void): void {
    if (this.#isStopped) return
    this.#isStopped = true
    for (const entry of this.#queue.slice(this.#head)) {
      if (!Buffer.isBuffer(entry) && entry !== this.#reading) entry.slice.release()
    }
    for (const slice of this.#leaving) slice.release()
    this.#leaving.clear()
    this.#clearQueue()
    this.#ahead = []
    this.#queuedBytes = 0
    if (this.#reading) this.#whenStopped = done
    else done()
  }

  #isFileNext(): boolean {
    const next = this.#queue[this.#head]
    return next !== undefined && !Buffer.isBuffer(next)
  }

  #forgetSent(): void {
    if (this.#head === this.#queue.length) {
      this.#clearQueue()
    } else if (this.#head >= LONGEST_SENT_COUNT) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
  }

  #clearQueue(): void {
    this.#queue = []
    this.#head = 0
  }

  #writeBytes(bytes: Buffer): void {
    this.#queuedBytes -= bytes.length
    this.#counters.copiedBytes += bytes.length
    this.#stream.write(bytes, this.#onWritten)
  }

  #startReading(entry: QueuedSlice): void {
    this.#reading = entry
    const { fd, position, length } = entry.slice
    const count = Math.min(this.#pieceBytes, length - entry.readBytes)
    const piece = Buffer.allocUnsafeSlow(count)
    this.#host.readFile(fd, piece, position + entry.readBytes, (readCount) => {
      this.#reading = undefined
      if (this.#isStopped) {
        entry.slice.release()
        this.#whenStopped?.()
      } else if (readCount <= 0) {
        this.#events.onShortFile()
      } else {
        this.#writePiece(entry, piece.subarray(0, readCount))
      }
    })
  }

  #writePiece(entry: QueuedSlice, piece: Buffer): void {
    const { slice } = entry
    this.#stream.cork()
    for (const bytes of this.#ahead) this.#writeBytes(bytes)
    this.#ahead = []
    entry.readBytes += piece.length
    this.#queuedBytes -= piece.length
    this.#counters.copiedFileBytes += piece.length
    if (entry.readBytes < slice.length) {
      this.#stream.write(piece, this.#onWritten)
    } else {
      this.#head++
      this.#leaving.add(slice)
      this.#stream.write(piece, () => {
        if (this.#leaving.delete(slice)) slice.release()
        this.#onWritten()
      })
    }
    this.#stream.uncork()
    this.pump()
  }

  readonly #onWritten = (): void => {
    if (this.#isStopped) return
    this.pump()
    this.#events.onProgress()
  }
}
