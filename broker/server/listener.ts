/**
 * Accepts on one address and owns its connections: the broker's side of the transport.
 *
 * 1. At the end of every turn the purgatory is settled, so that a fetch woken by a produce of this
 *    turn is answered in it. What is queued outside of a turn is flushed once, when the loop's
 *    present turn is over.
 * 2. Stalled connections are looked at again when something of theirs has left, and by a timer.
 */
import type {
  CloseReason,
  ConnectionId,
  ConnectionInfo,
  Os,
  Timer,
  Transport,
  TransportHandler,
  TransportOptions,
} from "../../native/os.ts"
import type { Router } from "../router.ts"
import { Complaints } from "./complaints.ts"
import { Connection, type ConnectionHost } from "./connection.ts"

/** How often stalled connections are looked at. */
const STALL_CHECK_MS = 10
/** How often a closing server looks whether everything has been answered. */
const DRAIN_CHECK_MS = 5

/** What a server is made of. */
export interface ServerOptions {
  os: Os
  router: Router
  log: { warn(fields: object, text: string): void; error(fields: object, text: string): void }
  transport?: Partial<TransportOptions>
  /** Runs at the end of every turn, before replies leave. */
  onTurnEnd(): void
}

/** Listener and connections of a broker. */
export class Server implements TransportHandler, ConnectionHost {
  readonly router: Router
  readonly transport: Transport
  readonly complaints: Complaints
  readonly log: ServerOptions["log"]
  readonly #os: Os
  readonly #settle: () => void
  readonly #connections = new Map<ConnectionId, Connection>()
  readonly #stalled = new Set<Connection>()
  #stallTimer: Timer | undefined
  #isInTurn = false
  #isFlushing = false
  #isDraining = false
  #onConnectionClosed: (() => void) | undefined

  constructor(options: ServerOptions) {
    this.#os = options.os
    this.router = options.router
    this.log = options.log
    this.#settle = options.onTurnEnd
    this.complaints = new Complaints(options.os.clock, options.log)
    this.transport = options.os.createTransport(this, options.transport)
  }

  /** Binds and listens: the port, or -errno. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve) => this.transport.listen(host, port, resolve))
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.#connections.size
  }

  onOpen(id: ConnectionId, info: ConnectionInfo): void {
    const connection = new Connection(id, info, this)
    this.#connections.set(id, connection)
    if (this.#isDraining) connection.stopReading()
  }

  onFrame(id: ConnectionId, bytes: Buffer, start: number, length: number): void {
    this.#isInTurn = true
    this.#connections.get(id)?.onFrame(bytes, start, length)
  }

  onTurnEnd(): void {
    this.#isInTurn = true
    this.#settle()
    this.#isInTurn = false
  }

  onClose(id: ConnectionId, reason: CloseReason): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) {
      // Turned away before it was opened.
      this.complaints.add(`connection closed: ${reason}`, {})
      return
    }
    this.#connections.delete(id)
    this.#stalled.delete(connection)
    connection.onClosed(reason)
    this.#onConnectionClosed?.()
  }

  needsFlush(): void {
    if (this.#isInTurn || this.#isFlushing) return
    this.#isFlushing = true
    this.#os.clock.soon(() => {
      this.#isFlushing = false
      this.transport.flush()
    })
  }

  onStall(connection: Connection): void {
    this.#stalled.add(connection)
    this.#stallTimer ??= this.#os.clock.after(STALL_CHECK_MS, () => this.#checkStalled())
  }

  resumeSoon(connection: Connection): void {
    this.#os.clock.soon(() => this.#resume(connection))
  }

  /**
   * Stops accepting and reading, answers what has been read, closes every connection when its
   * replies have left, or when `deadlineMs` is over.
   */
  async drain(deadlineMs: number, answerParked: () => void): Promise<void> {
    this.#isDraining = true
    this.transport.closeListeners()
    for (const connection of this.#connections.values()) connection.stopReading()
    answerParked()
    const endsAt = this.#os.clock.monotonicMs() + deadlineMs
    while (this.#hasUnanswered() && this.#os.clock.monotonicMs() < endsAt) {
      await this.#wait(DRAIN_CHECK_MS)
    }
    for (const id of this.#connections.keys()) this.transport.disconnect(id, { drain: true })
    this.transport.flush()
    while (this.#connections.size > 0 && this.#os.clock.monotonicMs() < endsAt) {
      await this.#wait(DRAIN_CHECK_MS)
    }
  }

  /** Closes everything at once. */
  close(): Promise<void> {
    this.#stallTimer?.cancel()
    return new Promise((resolve) => this.transport.close(resolve))
  }

  #hasUnanswered(): boolean {
    for (const connection of this.#connections.values()) {
      if (connection.unansweredCount > 0) return true
    }
    return false
  }

  #checkStalled(): void {
    this.#stallTimer = undefined
    for (const connection of [...this.#stalled]) this.#resume(connection)
    if (this.#stalled.size === 0) return
    this.#stallTimer ??= this.#os.clock.after(STALL_CHECK_MS, () => this.#checkStalled())
  }

  #resume(connection: Connection): void {
    connection.tryResume()
    if (!connection.isStalled) this.#stalled.delete(connection)
  }

  /** Until some time has passed or a connection has closed. Timers do not keep the process alive,
   *  connections do: so the end of the last one must be noticed at once. */
  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#os.clock.after(delayMs, resolve)
      this.#onConnectionClosed = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}
