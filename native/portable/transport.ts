/**
 * Listeners and connections over byte streams, with the limits and close reasons of the Os
 * contract.
 *
 * A turn begins with its first frame; its end is scheduled behind what the same wake-up of the
 * loop still brings. Then `onTurnEnd` runs and what was queued leaves.
 */
import type {
  CloseReason,
  ConnectionId,
  Transport,
  TransportHandler,
  TransportOptions,
} from "../os.ts"
import type { FileSlice } from "../parts.ts"
import type { ByteStream, StreamHost, StreamListener } from "./byte-stream.ts"
import { Connection, type ConnectionEvents } from "./connection.ts"
import { newCounters } from "./counters.ts"
import { FrameBudget } from "./frame-budget.ts"
import { OutputSlab } from "./output-slab.ts"

/** Time limits are looked at this often, but at least four times within the shortest. */
const LONGEST_SWEEP_MS = 1000
const SHORTEST_SWEEP_MS = 5

/** `Transport` of the houses whose sockets are streams. */
export class StreamTransport implements Transport {
  readonly counters = newCounters()
  readonly #handler: TransportHandler
  readonly #options: TransportOptions
  readonly #host: StreamHost
  readonly #budget: FrameBudget
  readonly #slab = new OutputSlab()
  readonly #listeners = new Set<StreamListener>()
  readonly #connections = new Map<ConnectionId, Connection>()
  /** Connections with something queued since they were last flushed. */
  readonly #queued = new Set<Connection>()
  readonly #whenClosed: (() => void)[] = []
  readonly #stopSweeping: () => void
  #isTurnOpen = false
  #lastId = 0
  #isClosing = false

  constructor(handler: TransportHandler, options: TransportOptions, host: StreamHost) {
    this.#handler = handler
    this.#options = options
    this.#host = host
    this.#budget = new FrameBudget(options.maxRequestMemoryBytes)
    const shortest = Math.min(options.frameTimeoutMs, options.idleTimeoutMs, options.sendTimeoutMs)
    const sweepMs = Math.max(SHORTEST_SWEEP_MS, Math.min(LONGEST_SWEEP_MS, shortest / 4))
    this.#stopSweeping = host.every(sweepMs, () => this.#sweep())
  }

  listen(host: string, port: number, done: (port: number) => void): void {
    const listener = this.#host.listen({
      host,
      port,
      onListening: done,
      onStream: (stream) => this.#accept(stream),
      onClosed: () => {
        this.#listeners.delete(listener)
        this.#finishClosing()
      },
    })
    this.#listeners.add(listener)
  }

  send(connection: ConnectionId, bytes: Uint8Array, start: number, length: number): void {
    const found = this.#connections.get(connection)
    if (!found || length === 0) return
    found.queueBytes(this.#slab.copy(bytes, start, length))
    this.#queued.add(found)
  }

  sendSlice(connection: ConnectionId, slice: FileSlice): void {
    const found = this.#connections.get(connection)
    if (!found) {
      slice.release()
      return
    }
    found.queueSlice(slice)
    this.#queued.add(found)
  }

  flush(): void {
    for (const connection of this.#queued) {
      this.#queued.delete(connection)
      connection.flush()
    }
  }

  unsentBytes(connection: ConnectionId): number {
    return this.#connections.get(connection)?.unsentBytes ?? 0
  }

  pause(connection: ConnectionId): void {
    this.#connections.get(connection)?.setPaused(true)
  }

  resume(connection: ConnectionId): void {
    this.#connections.get(connection)?.setPaused(false)
  }

  disconnect(connection: ConnectionId, options?: { drain?: boolean }): void {
    const found = this.#connections.get(connection)
    if (options?.drain) found?.drain()
    else found?.close("closed")
  }

  closeListeners(): void {
    for (const listener of this.#listeners) listener.close()
  }

  close(done?: () => void): void {
    if (done) this.#whenClosed.push(done)
    this.#isClosing = true
    this.closeListeners()
    for (const connection of this.#connections.values()) connection.close("closed")
    // Not inside the call, though there may be nothing left to wait for.
    this.#host.atTurnEnd(() => this.#finishClosing())
  }

  #accept(stream: ByteStream): void {
    const id = ++this.#lastId
    const { info } = stream
    this.counters.acceptedConnections++
    if (this.#isClosing || info === undefined) {
      stream.destroy()
      return
    }
    if (this.#connections.size >= this.#options.maxConnections) {
      stream.destroy()
      this.#handler.onClose(id, "too-many-connections")
      return
    }
    const connection = new Connection({
      ...{ id, stream, host: this.#host, limits: this.#options, counters: this.counters },
      events: this.#eventsOf(id),
    })
    this.#connections.set(id, connection)
    this.counters.openConnections = this.#connections.size
    this.#handler.onOpen(id, info)
  }

  #eventsOf(id: ConnectionId): ConnectionEvents {
    return {
      onFrame: (bytes, start, length) => {
        if (!this.#isTurnOpen) this.#openTurn()
        this.#handler.onFrame(id, bytes, start, length)
      },
      onChunk: (connection) => this.#budget.update(connection),
      onClosed: (connection, reason) => this.#forget(connection, reason),
    }
  }

  #openTurn(): void {
    this.#isTurnOpen = true
    this.#host.atTurnEnd(() => {
      this.#isTurnOpen = false
      this.#handler.onTurnEnd()
      this.flush()
    })
  }

  #forget(connection: Connection, reason: CloseReason): void {
    this.#connections.delete(connection.id)
    this.#queued.delete(connection)
    this.#budget.update(connection)
    this.counters.openConnections = this.#connections.size
    this.#handler.onClose(connection.id, reason)
    this.#finishClosing()
  }

  #sweep(): void {
    const now = this.#host.monotonicMs()
    for (const connection of this.#connections.values()) connection.checkTime(now)
  }

  #finishClosing(): void {
    if (!this.#isClosing || this.#connections.size > 0 || this.#listeners.size > 0) return
    this.#stopSweeping()
    for (const done of this.#whenClosed.splice(0)) done()
  }
}
