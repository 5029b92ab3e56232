/**
 * One connection to one broker: many requests in flight, answered in order.
 *
 * 1. Every request ends: with its reply, or with the error that ended the connection.
 * 2. Replies come in the order of the requests, so one that does not come blocks all behind it:
 *    a time-out ends the connection.
 * 3. What is written in one go leaves in one system call.
 * 4. Replies own their bytes: views of them stay valid for as long as they are held.
 */
import type { Socket } from "node:net"
import { decoder, encoder } from "../../protocol/compile.ts"
import { beginRequest, finishFrame, readResponseHeader } from "../../protocol/frame.ts"
import { Reader } from "../../protocol/reader.ts"
import { REFERENCE_BYTES, Writer } from "../../protocol/writer.ts"
import { closedError, KafkaError } from "../errors.ts"
import { type Address, addressName } from "./addresses.ts"
import type { Api, VersionRange } from "./api.ts"
import type { Clock, Timer } from "./clock.ts"
import { type BadFrame, FrameReader } from "./frame-reader.ts"
import { openSocket } from "./socket.ts"

const NOTHING = Buffer.alloc(0)

/** What a connection needs to know. */
export interface ConnectionOptions {
  readonly address: Address
  readonly clientId: string
  readonly clock: Clock
  readonly connectTimeoutMs: number
  readonly maxFrameBytes: number
  /** Aborted when the client closes. */
  readonly signal: AbortSignal
}

/** One request to be sent. */
export interface Call<Q, R> {
  readonly api: Api<Q, R>
  readonly version: number
  readonly value: Q
  readonly timeoutMs: number
  /** False for the one request without an answer, Produce with acks 0. */
  readonly expectReply?: boolean
  /** Version of a reply, where it may differ from that of the request: told from its first bytes
   *  behind the header. */
  readonly replyVersion?: (body: Buffer) => number
}

interface Pending {
  readonly correlationId: number
  readonly call: Call<unknown, unknown>
  readonly deadlineAt: number
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: KafkaError) => void
}

/** An open connection. */
export class Connection {
  readonly broker: string
  /** What the broker can do, once it has been asked (see versions.ts). */
  versions: ReadonlyMap<number, VersionRange> = new Map()
  /** Called once when the connection has ended. */
  onClose: (() => void) | undefined
  readonly #options: ConnectionOptions
  readonly #writer = new Writer()
  readonly #reader = new Reader()
  readonly #frames: FrameReader
  readonly #pending: Pending[] = []
  #pendingHead = 0
  #socket: Socket | undefined
  #nextCorrelationId = 1
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #error: KafkaError | undefined
  #repliesReceived = 0

  private constructor(options: ConnectionOptions) {
    this.#options = options
    this.broker = addressName(options.address)
    this.#frames = new FrameReader(options.maxFrameBytes, (frame) => this.#onFrame(frame))
  }

  /** Connects. Fails with CONNECTION_FAILED, which is retriable. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options)
    const socket = await openSocket(
      options.address,
      {
        space: () => connection.#frames.space(),
        received: (length) => connection.#onBytes(length),
      },
      { clock: options.clock, timeoutMs: options.connectTimeoutMs, signal: options.signal },
    )
    connection.#adopt(socket)
    return connection
  }

  /** Whether requests can be sent. */
  get isOpen(): boolean {
    return this.#error === undefined
  }

  /** Requests without an answer so far. */
  get pendingCount(): number {
    return this.#pending.length - this.#pendingHead
  }

  /** Sends a request; resolves with its reply, or when none is expected, with undefined once the
   *  kernel has taken it. */
  request<Q, R>(call: Call<Q, R>): Promise<R> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
    const correlationId = this.#nextCorrelationId
    this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff
    this.#write(call as Call<unknown, unknown>, correlationId)
    if (call.expectReply === false) return this.#whenWritten() as Promise<R>
    return new Promise<R>((resolve, reject) => {
      const deadlineAt = this.#options.clock.monotonicMs() + call.timeoutMs
      this.#pending.push({
        correlationId,
        call: call as Call<unknown, unknown>,
        deadlineAt,
        resolve: resolve as (reply: unknown) => void,
        reject,
      })
      if (deadlineAt < this.#timerAt) this.#armTimer(deadlineAt)
    })
  }

  /** Ends the connection; unanswered requests fail with CLOSED. May be called twice. */
  close(): void {
    this.#fail(closedError(`connection to ${this.broker}`))
  }

  #adopt(socket: Socket): void {
    this.#socket = socket
    socket.on("error", (cause: Error & { code?: string }) =>
      this.#fail(this.#lost(cause.code ?? cause.message, cause)),
    )
    socket.on("close", () => this.#fail(this.#lost("the broker closed the connection")))
  }

  #write(call: Call<unknown, unknown>, correlationId: number): void {
    const { api, version } = call
    const writer = this.#writer.reset()
    const head = writer.single
    const { clientId } = this.#options
    beginRequest(writer, { apiKey: api.key, apiVersion: version, correlationId, clientId })
    encoder(api.request, version)(writer, call.value as never)
    const socket = this.#socket!
    if (socket.writableCorked === 0) {
      socket.cork()
      // Not nextTick: it would wait for all microtasks, so for a whole batch being iterated.
      queueMicrotask(() => socket.uncork())
    }
    for (const part of finishFrame(writer) as Uint8Array[]) {
      // The writer uses its buffer again for the next request, the socket may not be done by then.
      const isBorrowed = part.length < REFERENCE_BYTES || part.buffer === head?.buffer
      socket.write(isBorrowed ? Buffer.from(part) : part)
    }
  }

  /** Resolves when all that has been written is on its way. */
  #whenWritten(): Promise<undefined> {
    return new Promise((resolve, reject) => {
      this.#socket!.write(NOTHING, (error) => {
        if (error) reject(this.#error ?? this.#lost(error.message, error))
        else resolve(undefined)
      })
    })
  }

  #onBytes(length: number): boolean {
    const bad = this.#frames.received(length)
    if (bad !== undefined) this.#fail(this.#notKafka(bad))
    return bad === undefined
  }

  #onFrame(frame: Buffer): void {
    const pending = this.#takePending()
    if (pending === undefined) {
      this.#fail(this.#invalid("a reply without a request"))
      return
    }
    const { api, version } = pending.call
    try {
      const reader = this.#reader.reset(frame)
      const correlationId = readResponseHeader(reader, api.key, version)
      if (correlationId !== pending.correlationId) {
        throw new Error(`reply ${correlationId} where ${pending.correlationId} was due`)
      }
      this.#repliesReceived++
      const replyVersion = pending.call.replyVersion?.(frame.subarray(reader.position)) ?? version
      pending.resolve(decoder(api.response, replyVersion)(reader))
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause)
      const error = this.#invalid(`${api.name} v${version}: ${text}`, cause)
      pending.reject(error)
      this.#fail(error)
    }
  }

  #takePending(): Pending | undefined {
    const pending = this.#pending[this.#pendingHead]
    if (pending === undefined) return undefined
    this.#pendingHead++
    if (this.#pendingHead >= 64 || this.#pendingHead === this.#pending.length) {
      this.#pending.splice(0, this.#pendingHead)
      this.#pendingHead = 0
    }
    return pending
  }

  #armTimer(at: number): void {
    this.#timer?.cancel()
    this.#timerAt = at
    const { clock } = this.#options
    this.#timer = clock.after(at - clock.monotonicMs(), () => this.#onTimer())
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#timer = undefined
    const now = this.#options.clock.monotonicMs()
    const waiting = this.#pending.slice(this.#pendingHead)
    const late = waiting.find((pending) => pending.deadlineAt <= now)
    if (late !== undefined) this.#fail(this.#timedOut(late.call))
    else if (waiting.length > 0) this.#armTimer(Math.min(...waiting.map((p) => p.deadlineAt)))
  }

  /** The one way a connection ends. */
  #fail(error: KafkaError): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#timer?.cancel()
    this.#frames.stop()
    this.#socket?.destroy()
    const unanswered = this.#pending.slice(this.#pendingHead)
    this.#pending.length = 0
    this.#pendingHead = 0
    for (const pending of unanswered) pending.reject(error)
    this.onClose?.()
  }

  #lost(reason: string, cause?: Error): KafkaError {
    const count = this.pendingCount
    const first = this.#repliesReceived === 0 && count > 0
    const hint = first
      ? " Nothing was answered before: is it a Kafka broker, on a listener without TLS?"
      : ""
    const what = `Connection to ${this.broker} lost with ${count} requests unanswered: ${reason}.`
    return new KafkaError("CONNECTION_CLOSED", `${what}${hint}`, {
      retriable: true,
      broker: this.broker,
      cause,
    })
  }

  #timedOut(call: Call<unknown, unknown>): KafkaError {
    const what = `${call.api.name} got no answer from ${this.broker} within ${call.timeoutMs} ms.`
    return new KafkaError("TIMED_OUT", what, { retriable: true, broker: this.broker })
  }

  #invalid(text: string, cause?: unknown): KafkaError {
    const message = `${this.broker} sent what is not the Kafka protocol: ${text}.`
    return new KafkaError("INVALID_RESPONSE", message, { broker: this.broker, cause })
  }

  #notKafka({ length, prefix }: BadFrame): KafkaError {
    if (prefix.toString("latin1") === "HTTP") {
      return this.#invalid("an HTTP answer; this port belongs to a web server")
    }
    if (prefix[0] === 0x15 && prefix[1] === 3) {
      return this.#invalid("a TLS alert; this listener expects TLS")
    }
    return this.#invalid(`a frame of ${length} bytes (limit ${this.#options.maxFrameBytes})`)
  }
}
