/**
 * Connections by broker address and purpose. One of each: requests that may wait long in the broker
 * (fetch, join) have their own, so that they never delay commits, heartbeats or metadata.
 */
import { closedError } from "../errors.ts"
import { type Address, addressName } from "./addresses.ts"
import { Connection, type ConnectionOptions } from "./connection.ts"
import { negotiate } from "./versions.ts"

/** What a connection is for. */
export type Purpose = "main" | "fetch" | "group"

/** All connections of one client. */
export class ConnectionPool {
  readonly #options: Omit<ConnectionOptions, "address">
  readonly #requestTimeoutMs: number
  readonly #open = new Map<string, Connection>()
  readonly #opening = new Map<string, Promise<Connection>>()
  /** Connected, but not told yet what the broker can do. */
  readonly #negotiating = new Set<Connection>()

  constructor(options: Omit<ConnectionOptions, "address">, requestTimeoutMs: number) {
    this.#options = options
    this.#requestTimeoutMs = requestTimeoutMs
  }

  /** The connection if it is open now. */
  find(address: Address, purpose: Purpose): Connection | undefined {
    return this.#open.get(keyOf(address, purpose))
  }

  /** The connection, opened and negotiated if need be. Fails with what made it fail. */
  async get(address: Address, purpose: Purpose): Promise<Connection> {
    const key = keyOf(address, purpose)
    const found = this.#open.get(key)
    if (found !== undefined) return found
    if (this.#options.signal.aborted) throw closedError("client")
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#connect(address, key).finally(() => this.#opening.delete(key))
      this.#opening.set(key, opening)
    }
    return opening
  }

  /** Ends every connection; what is unanswered fails with CLOSED. */
  close(): void {
    for (const connection of [...this.#open.values(), ...this.#negotiating]) connection.close()
  }

  async #connect(address: Address, key: string): Promise<Connection> {
    const connection = await Connection.open({ ...this.#options, address })
    this.#negotiating.add(connection)
    try {
      await negotiate(connection, Math.min(this.#requestTimeoutMs, this.#options.connectTimeoutMs))
    } catch (error) {
      connection.close()
      throw error
    } finally {
      this.#negotiating.delete(connection)
    }
    if (this.#options.signal.aborted) {
      connection.close()
      throw closedError("client")
    }
    this.#open.set(key, connection)
    connection.onClose = () => this.#open.delete(key)
    return connection
  }
}

function keyOf(address: Address, purpose: Purpose): string {
  return `${addressName(address)}/${purpose}`
}
