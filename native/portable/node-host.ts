/** Streams, listeners, file reads and time as node gives them. */
import { read } from "node:fs"
import { createServer, type Socket } from "node:net"
import { performance } from "node:perf_hooks"
import { errno } from "../errno.ts"
import type { ConnectionInfo } from "../os.ts"
import type {
  ByteStream,
  ListenRequest,
  StreamEvents,
  StreamHost,
  StreamListener,
} from "./byte-stream.ts"
import { failureOf } from "./results.ts"

const BACKLOG = 1024

/** The machine this process runs on. */
export const nodeHost: StreamHost = {
  monotonicMs: () => performance.now(),
  listen,
  atTurnEnd(run) {
    setImmediate(run)
  },
  every(periodMs, run) {
    const interval = setInterval(run, periodMs).unref()
    return () => clearInterval(interval)
  },
  readFile(fd, buffer, position, done) {
    read(fd, buffer, 0, buffer.length, position, (error, count) => {
      done(error ? failureOf(error) : count)
    })
  },
}

function listen(request: ListenRequest): StreamListener {
  const server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true })
  let isUnwanted = false
  const fail = (error: Error): void => {
    request.onListening(listenFailure(error))
    request.onClosed()
  }
  server.once("error", fail)
  server.on("connection", (socket) => request.onStream(new SocketStream(socket)))
  server.on("close", () => request.onClosed())
  const where = request.host === "" ? {} : { host: request.host }
  server.listen({ ...where, port: request.port, backlog: BACKLOG }, () => {
    server.off("error", fail)
    // An accept that failed (EMFILE) is not the end of the listener.
    server.on("error", () => {})
    const address = server.address()
    request.onListening(address !== null && typeof address === "object" ? address.port : 0)
    if (isUnwanted) server.close()
  })
  return {
    close() {
      isUnwanted = true
      if (server.listening) server.close()
    },
  }
}

/** Names that do not resolve are addresses that are not ours. */
function listenFailure(error: Error): number {
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return -errno.EADDRNOTAVAIL
  return failureOf(error)
}

/** A socket of node:net. */
class SocketStream implements ByteStream {
  readonly info: ConnectionInfo | undefined
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.info = infoOf(socket)
    // Without a listener an error would end the process; what it means, "close" tells too.
    socket.on("error", () => {})
  }

  get unwrittenBytes(): number {
    return this.#socket.writableLength
  }

  get systemQueueBytes(): number {
    const socket = this.#socket as Socket & { _handle?: { writeQueueSize?: number } | null }
    return socket._handle?.writeQueueSize ?? 0
  }

  start(events: StreamEvents): void {
    this.#socket.on("end", () => events.onEnd())
    this.#socket.on("error", () => events.onEnd())
    this.#socket.on("close", () => events.onClose())
    this.#socket.on("data", (chunk: Buffer) => events.onChunk(chunk))
  }

  write(bytes: Buffer, taken: () => void): void {
    this.#socket.write(bytes, (error) => {
      if (!error) taken()
    })
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

function infoOf(socket: Socket): ConnectionInfo | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  if (localAddress === undefined || localPort === undefined) return undefined
  return {
    remoteHost: plainHost(remoteAddress),
    remotePort,
    localHost: plainHost(localAddress),
    localPort,
  }
}

/** IPv4 peers of an IPv6 listener are shown as IPv4. */
function plainHost(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address
}
