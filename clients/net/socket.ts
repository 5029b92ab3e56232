/** Opens TCP sockets: with a deadline, without delay, and with errors a person can act on. */
import { connect, type Socket } from "node:net"
import { closedError, KafkaError } from "../errors.ts"
import { type Address, addressName } from "./addresses.ts"
import type { Clock } from "./clock.ts"

/** Receives the bytes of a socket in place. */
export interface Receiver {
  /** Where the next bytes go. */
  space(): Buffer
  /** That many bytes have been put there; false stops reading. */
  received(length: number): boolean
}

/** A connected socket, or a retriable CONNECTION_FAILED within `timeoutMs`; CLOSED when
 *  the client closes meanwhile. */
export function openSocket(
  address: Address,
  receiver: Receiver,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      onread: { buffer: () => receiver.space(), callback: (length) => receiver.received(length) },
    })
    const settle = () => {
      timer.cancel()
      limits.signal.removeEventListener("abort", abort)
      socket.removeListener("error", fail)
      socket.removeListener("connect", succeed)
    }
    const giveUp = (error: KafkaError) => {
      settle()
      socket.on("error", () => {}) // a second one (one per address tried) has no reader any more
      socket.destroy()
      reject(error)
    }
    const fail = (error: Error) => giveUp(connectionError(address, error))
    const succeed = () => {
      settle()
      resolve(socket)
    }
    const abort = () => giveUp(closedError("client"))
    const timer = limits.clock.after(limits.timeoutMs, () =>
      fail(new Error(`no answer within ${limits.timeoutMs} ms`)),
    )
    limits.signal.addEventListener("abort", abort, { once: true })
    socket.on("error", fail)
    socket.on("connect", succeed)
  })
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there. Is the broker running, is the port right?",
  ENOTFOUND: "the host name is unknown. Check bootstrapServers and advertised.listeners.",
  EAI_AGAIN: "the host name cannot be resolved at the moment.",
  ETIMEDOUT: "no answer. Check address and firewall.",
  EHOSTUNREACH: "the host cannot be reached.",
  ENETUNREACH: "the network cannot be reached.",
  ECONNRESET: "the connection was reset.",
}

/** What happened to a connection attempt, in words. */
function connectionError(address: Address, error: Error & { code?: string }): KafkaError {
  const broker = addressName(address)
  const cause = causes[error.code ?? ""]
  const text = cause === undefined ? error.message : `${error.code}: ${cause}`
  return new KafkaError("CONNECTION_FAILED", `Cannot connect to ${broker}: ${text}`, {
    retriable: true,
    broker,
    cause: error,
  })
}
