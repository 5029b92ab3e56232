/** A socket that sends what a test tells it, whole frames or nonsense, and collects
 *  whole replies. */
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { apis } from "../../protocol/apis.ts"
import { decoder, encoder } from "../../protocol/compile.ts"
import { beginRequest, finishFrame, readResponseHeader } from "../../protocol/frame.ts"
import { Reader } from "../../protocol/reader.ts"
import { Writer } from "../../protocol/writer.ts"

/** A whole request frame with its length prefix. */
export function encodeRequest(
  apiKey: number,
  apiVersion: number,
  body: object,
  correlationId = 1,
): Buffer {
  const writer = new Writer()
  beginRequest(writer, { apiKey, apiVersion, correlationId, clientId: "raw" })
  encoder(apis.get(apiKey)!.request, apiVersion)(writer, body as never)
  return Buffer.concat(finishFrame(writer) as Uint8Array[])
}

/** The body of a reply frame. */
export function decodeReply<Reply>(frame: Buffer, apiKey: number, apiVersion: number): Reply {
  const reader = new Reader().reset(frame, 0, frame.length)
  readResponseHeader(reader, apiKey, apiVersion)
  return decoder(apis.get(apiKey)!.response, apiVersion)(reader) as Reply
}

/** One raw connection to a broker on 127.0.0.1. */
export class RawClient {
  readonly socket: Socket
  /** Whole replies so far, without their length prefix. */
  readonly replies: Buffer[] = []
  /** Resolves when the broker has closed the connection. */
  readonly closed: Promise<void>
  #bytes = Buffer.alloc(0)
  #onReply: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()))
    socket.on("error", () => {}) // a reset is one of the ways in which the broker may close
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true })
    await once(socket, "connect")
    return new RawClient(socket)
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends a request and decodes its reply; rejects when the connection closes instead. */
  async call<Reply>(apiKey: number, apiVersion: number, body: object): Promise<Reply> {
    this.send(encodeRequest(apiKey, apiVersion, body))
    return decodeReply(await this.nextReply(), apiKey, apiVersion)
  }

  /** The next whole reply; rejects when the connection closes before. */
  async nextReply(): Promise<Buffer> {
    const count = this.replies.length
    const arrived = new Promise<true>((resolve) => {
      this.#onReply = () => resolve(true)
    })
    const came = this.replies.length > count || (await Promise.race([arrived, this.closed]))
    if (came !== true) throw new Error("the broker closed the connection")
    return this.replies.at(-1)!
  }

  close(): void {
    this.socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= 4) {
      const end = 4 + this.#bytes.readInt32BE(0)
      if (this.#bytes.length < end) return
      this.replies.push(this.#bytes.subarray(4, end))
      this.#bytes = this.#bytes.subarray(end)
      this.#onReply?.()
    }
  }
}
