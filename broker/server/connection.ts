/**
 * One client: frames in, replies out in the order of the requests.
 *
 * 1. A connection with too many unanswered requests or too many unsent bytes stalls: it is not read
 *    and nothing of it is handled, so no slice is retained and no reply built for a client that
 *    does not read. Frames that the present wake-up still delivers are copied and handled later.
 * 2. A handler that breaks costs its connection, with the stack in the log. A failed assertion is
 *    different: the state is not to be trusted, so it goes up and stops the process.
 */
import { AssertionError } from "node:assert/strict"
import type { CloseReason, ConnectionId, ConnectionInfo, Transport } from "../../native/os.ts"
import { type FileSlice, isFileSlice, type Part } from "../../native/parts.ts"
import type { Writer } from "../../protocol/writer.ts"
import { ANONYMOUS, CLOSE, NO_REPLY, type NoReply } from "../context.ts"
import { isPromiseLike } from "../deferred.ts"
import type { Call, Refusal, Router, Session } from "../router.ts"
import type { Complaints } from "./complaints.ts"
import { lengthOf, Replies, type Slot } from "./replies.ts"

/** Requests of one connection that may be unanswered at the same time. */
export const MAX_UNANSWERED = 512
/** Unsent bytes above which no further request of a connection is handled. */
export const MAX_UNSENT_BYTES = 4 * 1024 * 1024
/** Most characters of a client's own software name and version that are remembered. */
const MAX_SOFTWARE_LENGTH = 100

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly router: Router
  readonly transport: Transport
  readonly complaints: Complaints
  readonly log: { error(fields: object, text: string): void }
  /** Something was queued: it has to leave by the end of the turn. */
  needsFlush(): void
  /** The connection stalled: `tryResume` is to be called now and then. */
  onStall(connection: Connection): void
  /** The cause of a stall may be over: `tryResume` is to be called soon. */
  resumeSoon(connection: Connection): void
}

/** State of one open connection. */
export class Connection implements Session {
  readonly connection: ConnectionId
  readonly info: ConnectionInfo
  readonly principal: string = ANONYMOUS
  clientSoftwareName = ""
  clientSoftwareVersion = ""
  readonly #host: ConnectionHost
  readonly #replies: Replies
  readonly #closeListeners = new Set<() => void>()
  /** Never below what is unsent: grows with every send, set right when it looks too high. */
  #unsentEstimate = 0
  /** Copies of frames that arrived while stalled. */
  #waiting: Buffer[] = []
  #isStalled = false
  /** The broker closes: what has been read is answered, nothing more is read. */
  #isReadingOver = false
  #isClosed = false

  constructor(connection: ConnectionId, info: ConnectionInfo, host: ConnectionHost) {
    this.connection = connection
    this.info = info
    this.#host = host
    this.#replies = new Replies((parts) => this.#send(parts))
  }

  /** Requests that have not been answered, those not looked at included. */
  get unansweredCount(): number {
    return this.#replies.count + this.#waiting.length
  }

  rememberSoftware(name: string, version: string): void {
    this.clientSoftwareName = name.slice(0, MAX_SOFTWARE_LENGTH)
    this.clientSoftwareVersion = version.slice(0, MAX_SOFTWARE_LENGTH)
  }

  isCongested(): boolean {
    if (this.#unsentEstimate + this.#replies.heldBytes <= MAX_UNSENT_BYTES) return false
    this.#unsentEstimate = this.#host.transport.unsentBytes(this.connection)
    return this.#unsentEstimate + this.#replies.heldBytes > MAX_UNSENT_BYTES
  }

  onClose(run: () => void): () => void {
    this.#closeListeners.add(run)
    return () => this.#closeListeners.delete(run)
  }

  /** A frame has arrived. */
  onFrame(bytes: Buffer, start: number, length: number): void {
    if (this.#isClosed) return
    if (this.#isStalled) {
      this.#waiting.push(Buffer.from(bytes.subarray(start, start + length)))
      return
    }
    this.#handle(bytes, start, length)
    if (this.#mustStall()) this.#stall()
  }

  /** Goes on with what waited, if the cause of the stall is over. */
  tryResume(): void {
    if (!this.#isStalled || this.#isClosed) return
    const waiting = this.#waiting
    let index = 0
    while (index < waiting.length && !this.#isClosed && !this.#mustStall()) {
      const frame = waiting[index++]!
      this.#handle(frame, 0, frame.length)
    }
    this.#waiting = waiting.slice(index)
    if (this.#isClosed || this.#waiting.length > 0 || this.#mustStall()) return
    this.#isStalled = false
    if (!this.#isReadingOver) this.#host.transport.resume(this.connection)
  }

  get isStalled(): boolean {
    return this.#isStalled && !this.#isClosed
  }

  /** The transport has closed the connection. */
  onClosed(reason: CloseReason): void {
    this.#isClosed = true
    this.#waiting = []
    this.#replies.close()
    const listeners = [...this.#closeListeners]
    this.#closeListeners.clear()
    for (const listener of listeners) listener()
    const isQuiet = reason === "peer" || reason === "closed" || reason === "idle"
    if (!isQuiet) this.#host.complaints.add(`connection closed: ${reason}`, this.#fields())
  }

  /** Stops reading for good: what has been read is still answered. */
  stopReading(): void {
    this.#isReadingOver = true
    this.#host.transport.pause(this.connection)
  }

  #handle(bytes: Buffer, start: number, length: number): void {
    const call = this.#host.router.read(this, bytes, start, length)
    if ("refused" in call) {
      this.#refuse(call)
      return
    }
    if (call.reply !== undefined) {
      this.#answer(call, call.reply)
      return
    }
    try {
      const outcome = call.route.handler(call.request as never, call)
      if (isPromiseLike(outcome)) this.#park(call, outcome)
      else this.#answer(call, outcome)
    } catch (error) {
      this.#fail(call, error)
    }
  }

  #answer(call: Call, reply: unknown): void {
    if (reply === NO_REPLY) return
    if (reply === CLOSE) this.#disconnect()
    else this.#add(this.#host.router.encode(call, reply))
  }

  /** The reply of the request read last; in one piece and with nothing parked it is sent as is. */
  #add(frame: Writer): void {
    const bytes = frame.single
    if (bytes === undefined || this.#replies.count > 0) {
      this.#replies.add(frame.finish())
      return
    }
    this.#unsentEstimate += frame.length
    this.#host.transport.send(this.connection, bytes, 0, frame.length)
    this.#host.needsFlush()
  }

  #park(call: Call, outcome: PromiseLike<unknown | NoReply>): void {
    const slot = this.#replies.park()
    outcome.then(
      (reply) => this.#answerParked(call, slot, reply),
      (error) => this.#fail(call, error),
    )
  }

  #answerParked(call: Call, slot: Slot, reply: unknown): void {
    try {
      if (reply === CLOSE) this.#disconnect()
      else if (reply === NO_REPLY) this.#replies.complete(slot, [])
      else this.#replies.complete(slot, this.#host.router.encode(call, reply).finish())
      if (this.#isStalled) this.#host.resumeSoon(this)
    } catch (error) {
      this.#fail(call, error)
    }
  }

  #send(parts: Part[]): void {
    const { transport } = this.#host
    this.#unsentEstimate += lengthOf(parts)
    const last = this.#unsentEstimate > MAX_UNSENT_BYTES ? parts.findLast(isFileSlice) : undefined
    for (const part of parts) {
      if (!isFileSlice(part)) transport.send(this.connection, part, 0, part.length)
      else transport.sendSlice(this.connection, part === last ? this.#watched(part) : part)
    }
    this.#host.needsFlush()
  }

  /** The same slice; when it has left, a stalled connection goes on without waiting for a timer. */
  #watched(slice: FileSlice): FileSlice {
    const release = () => {
      slice.release()
      if (this.#isStalled) this.#host.resumeSoon(this)
    }
    return { fd: slice.fd, position: slice.position, length: slice.length, release }
  }

  #mustStall(): boolean {
    return this.#replies.count >= MAX_UNANSWERED || this.isCongested()
  }

  #stall(): void {
    this.#isStalled = true
    this.#host.transport.pause(this.connection)
    this.#host.onStall(this)
  }

  #refuse(refusal: Refusal): void {
    const fields = { ...this.#fields(), detail: refusal.detail }
    this.#host.complaints.add(`request refused: ${refusal.refused}`, fields)
    this.#disconnect()
  }

  #fail(call: Call, error: unknown): void {
    if (error instanceof AssertionError) throw error
    const fields = { ...this.#fields(), api: call.route.name, version: call.apiVersion, error }
    this.#host.log.error(fields, "a handler failed; the connection is closed")
    this.#disconnect()
  }

  /** Nothing more is answered; replies that were handed to the transport still leave. */
  #disconnect(): void {
    this.#isClosed = true
    this.#replies.close()
    this.#host.transport.disconnect(this.connection, { drain: true })
    this.#host.needsFlush()
  }

  #fields(): object {
    const { remoteHost, remotePort } = this.info
    return { client: `${remoteHost}:${remotePort}`, software: this.clientSoftwareName }
  }
}
