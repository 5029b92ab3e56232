/**
 * A socket that speaks in whole frames and costs as little as possible, so that a benchmark
 * measures the broker: requests are encoded beforehand, replies are looked at where it matters
 * only.
 */
import { connect, type Socket } from "node:net"

/** Called with each whole reply: `bytes[start, start + length)`, without its length prefix. */
export type OnReply = (bytes: Buffer, start: number, length: number) => void

const RECEIVE_BYTES = 1024 * 1024

/** One connection under load. Failures reject `failed` and every wait. */
export class RawConnection {
  readonly #socket: Socket
  readonly #onReply: OnReply
  /** Holds the beginning of a reply that has not arrived whole. */
  #pending = Buffer.allocUnsafe(RECEIVE_BYTES)
  #pendingLength = 0
  /** Rejects when the connection breaks; never resolves. */
  readonly failed: Promise<never>

  private constructor(socket: Socket, onReply: OnReply) {
    this.#socket = socket
    this.#onReply = onReply
    this.failed = new Promise((_, reject) => {
      socket.on("error", reject)
      socket.on("close", () => reject(new Error("the broker closed the connection")))
    })
    this.failed.catch(() => {})
  }

  /** Connects to 127.0.0.1. */
  static open(port: number, onReply: OnReply): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const received = Buffer.allocUnsafe(RECEIVE_BYTES)
      let connection: RawConnection | undefined
      const onread = {
        buffer: received,
        callback: (length: number) => {
          connection!.#receive(received, length)
          return true
        },
      }
      const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread })
      socket.once("error", reject)
      socket.once("connect", () => {
        socket.off("error", reject)
        connection = new RawConnection(socket, onReply)
        resolve(connection)
      })
    })
  }

  /** Queues bytes; whole frames, one or several. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  close(): void {
    this.#socket.removeAllListeners("close")
    this.#socket.destroy()
  }

  #receive(bytes: Buffer, length: number): void {
    if (this.#pendingLength === 0) {
      const used = this.#deliver(bytes, length)
      this.#keep(bytes, used, length)
      return
    }
    this.#keep(bytes, 0, length)
    const used = this.#deliver(this.#pending, this.#pendingLength)
    this.#pending.copyWithin(0, used, this.#pendingLength)
    this.#pendingLength -= used
  }

  /** Hands over the whole frames at the front; the number of bytes they took. */
  #deliver(bytes: Buffer, end: number): number {
    let at = 0
    while (end - at >= 4) {
      const length = bytes.readInt32BE(at)
      if (end - at - 4 < length) break
      this.#onReply(bytes, at + 4, length)
      at += 4 + length
    }
    return at
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const needed = this.#pendingLength + to - from
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#pending.length))
      this.#pending.copy(larger, 0, 0, this.#pendingLength)
      this.#pending = larger
    }
    bytes.copy(this.#pending, this.#pendingLength, from, to)
    this.#pendingLength = needed
  }
}
