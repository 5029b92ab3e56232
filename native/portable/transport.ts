/**
 * Listeners and connections over node:net, with the limits and close reasons of the Os contract.
 *
 * A turn is one iteration of node's loop: the first chunk of it schedules the turn's end behind
 * the loop's poll phase, when `onTurnEnd` runs and what was queued leaves.
 */
import { createServer, type Server, type Socket } from "node:net"
import { performance } from "node:perf_hooks"
import { errno } from "../errno.ts"
import type {
  CloseReason,
  ConnectionId,
  Transport,
  TransportHandler,
  TransportOptions,
} from "../os.ts"
import type { FileSlice } from "../parts.ts"
import { Connection, type ConnectionEvents } from "./connection.ts"
import { newCounters } from "./counters.ts"
import { FrameBudget } from "./frame-budget.ts"
import { OutputSlab } from "./output-slab.ts"
import { failureOf } from "./results.ts"

const BACKLOG = 1024
/** Time limits are looked at this often, but at least four times within the shortest. */
const LONGEST_SWEEP_MS = 1000
const SHORTEST_SWEEP_MS = 5

/** `Transport` of the portable house. */
export class PortableTransport implements Transport {
  readonly counters = newCounters()
  readonly #handler: TransportHandler
  readonly #options: TransportOptions
  readonly #budget: FrameBudget
  readonly #slab = new OutputSlab()
  readonly #servers = new Set<Server>()
  /** Asked to close before they were listening. */
  readonly #unwanted = new WeakSet<Server>()
  readonly #connections = new Map<ConnectionId, Connection>()
  /** Connections with something queued since they were last flushed. */
  readonly #queued = new Set<Connection>()
  readonly #whenClosed: (() => void)[] = []
  readonly #sweeper: NodeJS.Timeout
  #turnEnd: NodeJS.Immediate | undefined
  #lastId = 0
  #isClosing = false

  constructor(handler: TransportHandler, options: TransportOptions) {
    this.#handler = handler
    this.#options = options
    this.#budget = new FrameBudget(options.maxRequestMemoryBytes)
    const shortest = Math.min(options.frameTimeoutMs, options.idleTimeoutMs, options.sendTimeoutMs)
    const sweepMs = Math.max(SHORTEST_SWEEP_MS, Math.min(LONGEST_SWEEP_MS, shortest / 4))
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref()
  }

  listen(host: string, port: number, done: (port: number) => void): void {
    const server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true })
    this.#servers.add(server)
    const fail = (error: Error): void => {
      this.#servers.delete(server)
      done(listenFailure(error))
      this.#finishClosing()
    }
    server.once("error", fail)
    server.on("connection", (socket) => this.#accept(socket))
    server.on("close", () => {
      this.#servers.delete(server)
      this.#finishClosing()
    })
    server.listen({ ...(host === "" ? {} : { host }), port, backlog: BACKLOG }, () => {
      server.off("error", fail)
      // An accept that failed (EMFILE) is not the end of the listener.
      server.on("error", () => {})
      const address = server.address()
      if (this.#unwanted.has(server)) server.close()
      done(address !== null && typeof address === "object" ? address.port : -errno.EINVAL)
    })
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
    for (const server of this.#servers) {
      if (server.listening) server.close()
      else this.#unwanted.add(server)
    }
  }

  close(done?: () => void): void {
    if (done) this.#whenClosed.push(done)
    this.#isClosing = true
    this.closeListeners()
    for (const connection of this.#connections.values()) connection.close("closed")
    // Not inside the call, though there may be nothing left to wait for.
    setImmediate(() => this.#finishClosing())
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket
    const id = ++this.#lastId
    this.counters.acceptedConnections++
    if (this.#isClosing || remoteAddress === undefined || localAddress === undefined) {
      socket.on("error", () => {}).destroy() // Gone before we looked.
      return
    }
    if (this.#connections.size >= this.#options.maxConnections) {
      socket.on("error", () => {}).destroy()
      this.#handler.onClose(id, "too-many-connections")
      return
    }
    const info = {
      remoteHost: plainHost(remoteAddress),
      remotePort: remotePort ?? 0,
      localHost: plainHost(localAddress),
      localPort: localPort ?? 0,
    }
    const connection = new Connection({
      ...{ id, socket, info, limits: this.#options, counters: this.counters },
      events: this.#eventsOf(id),
    })
    this.#connections.set(id, connection)
    this.counters.openConnections = this.#connections.size
    this.#handler.onOpen(id, info)
  }

  #eventsOf(id: ConnectionId): ConnectionEvents {
    return {
      onFrame: (bytes, start, length) => {
        this.#turnEnd ??= setImmediate(() => this.#endTurn())
        this.#handler.onFrame(id, bytes, start, length)
        return true
      },
      onChunk: (connection) => this.#budget.update(connection),
      onClosed: (connection, reason) => this.#forget(connection, reason),
    }
  }

  #endTurn(): void {
    this.#turnEnd = undefined
    this.#handler.onTurnEnd()
    this.flush()
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
    const now = performance.now()
    for (const connection of this.#connections.values()) connection.checkTime(now)
  }

  #finishClosing(): void {
    if (!this.#isClosing || this.#connections.size > 0 || this.#servers.size > 0) return
    clearInterval(this.#sweeper)
    for (const done of this.#whenClosed.splice(0)) done()
  }
}

/** Names that do not resolve are addresses that are not ours. */
function listenFailure(error: Error): number {
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return -errno.EADDRNOTAVAIL
  return failureOf(error)
}

/** IPv4 peers of an IPv6 listener are shown as IPv4. */
function plainHost(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address
}
