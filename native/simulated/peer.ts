/**
 * The other end of a simulated connection, in the hands of a test: sends bytes, reads what comes
 * back, stalls, leaves, vanishes.
 */
import type { ConnectionInfo } from "../os.ts"
import type { ByteStream, StreamEvents } from "../portable/byte-stream.ts"
import { type NetworkWorld, Pipe } from "./pipe.ts"

const PREFIX_BYTES = 4

/** A client of the simulated broker. */
export class Peer {
  /** What the transport sees of this connection. */
  readonly stream: ByteStream
  /** Runs when bytes or the end have come. */
  onChange: (() => void) | undefined
  readonly #toBroker: Pipe
  readonly #fromBroker: Pipe
  #received: Buffer[] = []
  #receivedBytes = 0
  #isClosed = false

  constructor(world: NetworkWorld, info: ConnectionInfo) {
    const server = new ServerStream(world, this, info)
    this.stream = server
    this.#toBroker = new Pipe(world, (bytes) => server.receive(bytes))
    this.#fromBroker = new Pipe(world, (bytes) => this.#receive(bytes))
    server.connect(this.#toBroker, this.#fromBroker)
  }

  /** The broker has ended or closed the connection, or this side has. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Bytes that came and were not taken. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Sends bytes; they arrive in pieces of the seed's choice. */
  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#toBroker.push(Buffer.from(bytes))
  }

  /** Sends a frame: the length prefix and the bytes. */
  sendFrame(bytes: Uint8Array): void {
    const prefix = Buffer.alloc(PREFIX_BYTES)
    prefix.writeInt32BE(bytes.length)
    this.send(Buffer.concat([prefix, bytes]))
  }

  /** All that came and was not taken. */
  take(): Buffer {
    const all = Buffer.concat(this.#received)
    this.#received = []
    this.#receivedBytes = 0
    return all
  }

  /** The whole frames that came, without their prefixes. */
  takeFrames(): Buffer[] {
    const all = this.take()
    const frames: Buffer[] = []
    let position = 0
    while (all.length - position >= PREFIX_BYTES) {
      const end = position + PREFIX_BYTES + all.readInt32BE(position)
      if (end > all.length) break
      frames.push(all.subarray(position + PREFIX_BYTES, end))
      position = end
    }
    if (position < all.length) this.#receive(all.subarray(position))
    return frames
  }

  /** Takes no byte until `resume`. */
  stall(): void {
    this.#fromBroker.setStalled(true)
  }

  resume(): void {
    this.#fromBroker.setStalled(false)
  }

  /** Ends this side's stream behind what was sent. */
  end(): void {
    this.#toBroker.end(() => (this.stream as ServerStream).fail())
  }

  /** Breaks the connection: what is on the way is lost. */
  reset(): void {
    this.closedByBroker()
    ;(this.stream as ServerStream).fail()
  }

  /** The broker's side is gone. */
  closedByBroker(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#toBroker.break()
    this.#fromBroker.break()
    this.onChange?.()
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes)
    this.#receivedBytes += bytes.length
    this.onChange?.()
  }
}

/** The broker's end. */
class ServerStream implements ByteStream {
  readonly info: ConnectionInfo
  readonly #world: NetworkWorld
  readonly #peer: Peer
  #incoming!: Pipe
  #outgoing!: Pipe
  #events: StreamEvents | undefined
  #isDestroyed = false

  constructor(world: NetworkWorld, peer: Peer, info: ConnectionInfo) {
    this.#world = world
    this.#peer = peer
    this.info = info
  }

  get unwrittenBytes(): number {
    return this.#outgoing.queuedBytes
  }

  get systemQueueBytes(): number {
    return this.#outgoing.queuedBytes
  }

  connect(incoming: Pipe, outgoing: Pipe): void {
    this.#incoming = incoming
    this.#outgoing = outgoing
    incoming.setStalled(true)
  }

  start(events: StreamEvents): void {
    this.#events = events
    this.#incoming.setStalled(false)
  }

  receive(bytes: Buffer): void {
    if (!this.#isDestroyed) this.#events?.onChunk(bytes)
  }

  /** The peer has ended or gone. */
  fail(): void {
    this.#world.life.soon(() => {
      if (!this.#isDestroyed) this.#events?.onEnd()
    })
  }

  write(bytes: Buffer, taken: () => void): void {
    this.#outgoing.push(bytes, taken)
  }

  cork(): void {}

  uncork(): void {}

  pause(): void {
    this.#incoming.setStalled(true)
  }

  resume(): void {
    this.#incoming.setStalled(false)
  }

  end(): void {
    this.#outgoing.end(() => this.#peer.closedByBroker())
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#world.life.soon(() => {
      this.#peer.closedByBroker()
      this.#events?.onClose()
    })
  }
}
