/**
 * Says over HTTP how the broker is: GET /metrics in Prometheus' text format, GET /health with 200
 * while it serves and 503 while it does not. Its own small server, so that a broker too busy for
 * Kafka's protocol can still be looked at from outside of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What the broker says of itself. */
export interface Health {
  readonly isHealthy: boolean
  /** What is wrong, or details for the curious; becomes the JSON body. */
  readonly details: Readonly<Record<string, unknown>>
}

/** What the server shows. */
export interface StatusOptions {
  host: string
  port: number
  metrics(): string
  health(): Health
}

/** A started server, or why there is none. */
export type StatusResult =
  | { readonly ok: true; readonly status: StatusServer }
  | { readonly ok: false; readonly message: string }

/** Connections at the same time; a scraper needs one. */
const MAX_CONNECTIONS = 32
const REQUEST_TIMEOUT_MS = 5_000
const MAX_HEADER_BYTES = 4096

/** The HTTP server of one broker. */
export class StatusServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts to listen. */
  static open(options: StatusOptions): Promise<StatusResult> {
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        requestTimeout: REQUEST_TIMEOUT_MS,
        headersTimeout: REQUEST_TIMEOUT_MS,
      },
      (request, response) => answer(request, response, options),
    )
    server.maxConnections = MAX_CONNECTIONS
    return new Promise((resolve) => {
      const address = `${options.host}:${options.port}`
      server.once("error", (error: NodeJS.ErrnoException) => {
        resolve({ ok: false, message: `status.listen ${address}: ${error.code ?? error.message}` })
      })
      server.listen(options.port, options.host || undefined, () => {
        server.unref()
        resolve({ ok: true, status: new StatusServer(server) })
      })
    })
  }

  /** The port, as bound. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Stops and closes all connections. May be called twice. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

function answer(request: IncomingMessage, response: ServerResponse, options: StatusOptions): void {
  const path = request.url?.split("?")[0]
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD")
    reply(response, 405, "text/plain", "only GET is served\n")
  } else if (path === "/metrics") {
    reply(response, 200, "text/plain; version=0.0.4; charset=utf-8", options.metrics())
  } else if (path === "/health") {
    const { isHealthy, details } = options.health()
    const body = { status: isHealthy ? "ok" : "failing", ...details }
    reply(response, isHealthy ? 200 : 503, "application/json", `${JSON.stringify(body)}\n`)
  } else {
    reply(response, 404, "text/plain", "there are /metrics and /health\n")
  }
}

function reply(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  })
  response.end(body)
}
