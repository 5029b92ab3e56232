/**
 * What a handler may know about the request it answers, and what it may answer.
 *
 * 1. A handler that returns its reply at once is on the hot path: nothing is allocated to wait.
 * 2. `bytes` and `records` of a request are views of the frame: they die when the handler first
 *    returns. A handler that goes on later copies what it needs before.
 * 3. A handler never throws for what a client sent: it answers an error code, or `CLOSE`.
 */
import type { ConnectionId, ConnectionInfo } from "../native/os.ts"

/** Everything a handler may know besides the request itself. */
export interface Context {
  readonly apiKey: number
  readonly apiVersion: number
  readonly clientId: string | null
  /** Who asks: "User:ANONYMOUS" where authentication is off. */
  readonly principal: string
  readonly connection: ConnectionId
  readonly info: ConnectionInfo
  /** As the client named itself in ApiVersions; empty when it did not. */
  readonly clientSoftwareName: string
  readonly clientSoftwareVersion: string
  /** Remembers what the client said of itself in ApiVersions. */
  rememberSoftware(name: string, version: string): void
  /** Whether so much waits to be sent to this client that nothing large should be added. */
  isCongested(): boolean
  /** Calls `run` once if the connection closes. The returned function takes it back. */
  onClose(run: () => void): () => void
}

/** Returned by a handler when the request is not answered (acks=0). */
export const NO_REPLY: unique symbol = Symbol("no reply")
/** Returned by a handler to close the connection instead of answering. */
export const CLOSE: unique symbol = Symbol("close")

/** What stands in for a reply. */
export type NoReply = typeof NO_REPLY | typeof CLOSE

/** A reply, now or later. */
export type Outcome<Reply> = Reply | NoReply | PromiseLike<Reply | NoReply>

/** Answers one API. One per file in `broker/apis/`, made by a factory from the parts it needs. */
export type Handler<Request, Reply> = (request: Request, context: Context) => Outcome<Reply>

/** Principal of every connection while authentication is off. */
export const ANONYMOUS = "User:ANONYMOUS"
