/**
 * One accepted stream: frames in, parts out, and the reasons not to read it for a while.
 *
 * 1. Once closing has begun no frame is handed over; `closed` runs once, from the loop, when the
 *    stream is gone and no read of a file is in flight.
 * 2. The clock of a frame runs only while the connection is read: waiting for us is not the
 *    peer's fault.
 */

import type { CloseReason, ConnectionId, TransportOptions } from "../os.ts"
import type { FileSlice } from "../parts.ts"
import type { ByteStream, StreamHost } from "./byte-stream.ts"
import type { Counters } from "./counters.ts"
import { FrameCutter } from "./framing.ts"
import { frameDeadlineMs } from "./options.ts"
import { Sender } from "./sender.ts"

/** After the last byte of a drained connection, how long its peer may take to close. */
const LINGER_MS = 1000

/** What a connection tells its transport. */
export interface ConnectionEvents {
  /** One complete frame: `bytes[start, start + length)`. */
  onFrame(bytes: Buffer, start: number, length: number): void
  /** A chunk has been cut; what is held of an incomplete frame may have changed. */
  onChunk(connection: Connection): void
  onClosed(connection: Connection, reason: CloseReason): void
}

/** A connection over a byte stream. */
export class Connection {
  readonly id: ConnectionId
  readonly #stream: ByteStream
  readonly #host: StreamHost
  readonly #options: TransportOptions
  readonly #counters: Counters
  readonly #events: ConnectionEvents
  readonly #cutter: FrameCutter
  readonly #sender: Sender
  #closing: CloseReason | undefined
  #isDraining = false
  #isEnded = false
  #isReading = true
  #isPaused = false
  #isOutOfMemory = false
  #frameStartedAt = 0
  #movedAt: number
  #sentAt: number
  #systemQueueBytes = 0
  /** Closing is complete when the stream is gone and the sender at rest. */
  #stepsToClose = 2

  constructor(options: {
    id: ConnectionId
    stream: ByteStream
    host: StreamHost
    limits: TransportOptions
    counters: Counters
    events: ConnectionEvents
  }) {
    this.id = options.id
    this.#stream = options.stream
    this.#host = options.host
    this.#movedAt = this.#sentAt = options.host.monotonicMs()
    this.#options = options.limits
    this.#counters = options.counters
    this.#events = options.events
    this.#cutter = new FrameCutter(this.#options.maxFrameBytes, (bytes, start, length) => {
      this.#events.onFrame(bytes, start, length)
      return this.#closing === undefined && !this.#isDraining
    })
    this.#sender = new Sender(this.#stream, {
      host: this.#host,
      counters: this.#counters,
      events: { onProgress: () => this.#onSent(), onShortFile: () => this.close("short-file") },
      maxPieceBytes: this.#options.maxSendBytesPerTurn,
    })
    this.#listen()
  }

  /** Bytes queued that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#sender.unsentBytes
  }

  /** Memory held for an incomplete frame. */
  get heldBytes(): number {
    return this.#cutter.heldBytes
  }

  /** Number of the frame that is held. */
  get heldFrame(): number {
    return this.#cutter.heldFrame
  }

  queueBytes(bytes: Buffer): void {
    if (this.#isAccepting) this.#touchIfIdle().queueBytes(bytes)
  }

  queueSlice(slice: FileSlice): void {
    if (!this.#isAccepting || slice.length === 0) slice.release()
    else this.#touchIfIdle().queueSlice(slice)
  }

  /** Sends what has been queued, as far as the peer takes it. */
  flush(): void {
    this.#sender.pump()
    this.#afterSending()
  }

  /** Stops or starts reading on behalf of the transport's owner. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#updateReading()
  }

  /** Stops or starts reading because of the memory that incomplete frames share. */
  setOutOfMemory(isOutOfMemory: boolean): void {
    this.#isOutOfMemory = isOutOfMemory
    this.#updateReading()
  }

  /** Closes when all that is queued has left; nothing that still arrives is looked at. */
  drain(): void {
    if (!this.#isAccepting) return
    this.#isDraining = true
    this.#cutter.drop()
    this.#events.onChunk(this)
    this.flush()
    this.#updateReading()
  }

  /** Closes now. What was queued is lost, slices are released. */
  close(reason: CloseReason): void {
    if (this.#closing) return
    this.#closing = reason
    this.#sender.stop(() => this.#stepClosed())
    this.#cutter.drop()
    this.#stream.destroy()
  }

  /** Closes the connection when it has broken a limit of time. */
  checkTime(now: number): void {
    if (this.#closing) return
    this.#noticeProgress(now)
    const { frameTimeoutMs, idleTimeoutMs, sendTimeoutMs } = this.#options
    const frameMs = frameDeadlineMs(frameTimeoutMs, this.#cutter.announcedBytes)
    if (this.heldBytes > 0 && this.#isReading && now - this.#frameStartedAt >= frameMs) {
      this.close("frame-timeout")
    } else if (this.unsentBytes > 0 && now - this.#sentAt >= sendTimeoutMs) {
      this.close("send-timeout")
    } else if (this.#isEnded && now - this.#sentAt >= LINGER_MS) {
      this.close("closed")
    } else if (now - this.#movedAt >= idleTimeoutMs) {
      this.close("idle")
    }
  }

  get #isAccepting(): boolean {
    return this.#closing === undefined && !this.#isDraining
  }

  #listen(): void {
    const end = (): void => this.close(this.#isDraining ? "closed" : "peer")
    this.#stream.start({
      onChunk: (chunk) => this.#onChunk(chunk),
      onEnd: end,
      onClose: () => {
        end()
        this.#stepClosed()
      },
    })
  }

  #onChunk(chunk: Buffer): void {
    this.#counters.receivedBytes += chunk.length
    if (!this.#isAccepting) return
    this.#movedAt = this.#host.monotonicMs()
    const before = this.heldFrame
    if (!this.#cutter.take(chunk)) this.close("oversized-frame")
    if (this.heldFrame !== before) this.#frameStartedAt = this.#movedAt
    this.#events.onChunk(this)
    this.#updateReading()
  }

  #onSent(): void {
    this.#movedAt = this.#sentAt = this.#host.monotonicMs()
    this.#afterSending()
  }

  #afterSending(): void {
    if (this.#isDraining && !this.#isEnded && !this.#closing && this.unsentBytes === 0) {
      this.#isEnded = true
      this.#sentAt = this.#host.monotonicMs()
      this.#stream.end()
    }
    this.#updateReading()
  }

  /** The time a peer may take begins when there is something to take. */
  #touchIfIdle(): Sender {
    if (this.unsentBytes === 0) this.#sentAt = this.#host.monotonicMs()
    return this.#sender
  }

  /** A large write counts as progress while it leaves, not only when it has left. */
  #noticeProgress(now: number): void {
    const queueBytes = this.#stream.systemQueueBytes
    if (queueBytes < this.#systemQueueBytes) this.#movedAt = this.#sentAt = now
    this.#systemQueueBytes = queueBytes
  }

  #updateReading(): void {
    if (this.#closing) return
    const isStopped = this.#isPaused || this.#isOutOfMemory
    const hasRoom = this.unsentBytes <= this.#options.maxUnsentBytes
    const shouldRead = this.#isDraining || (!isStopped && hasRoom)
    if (shouldRead === this.#isReading) return
    this.#isReading = shouldRead
    if (shouldRead) {
      this.#frameStartedAt = this.#host.monotonicMs()
      this.#stream.resume()
    } else {
      this.#stream.pause()
    }
  }

  #stepClosed(): void {
    if (--this.#stepsToClose === 0) this.#events.onClosed(this, this.#closing!)
  }
}
