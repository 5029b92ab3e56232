/**
 * A frame becomes a call: header, version, body; and a reply becomes parts. Table-driven: one route
 * per API the broker has a handler for, codecs compiled at the first use of a version.
 *
 * 1. What cannot be read is refused here, before any handler runs: the connection is closed, as
 *    Kafka closes it. The one exception is ApiVersions of a version we do not know, which is
 *    answered in version 0 so that newer clients can step down (KIP-511).
 * 2. `encode` writes into one reusable writer: its parts are valid until the next `encode`.
 */
import type { ConnectionId, ConnectionInfo } from "../native/os.ts"
import { ApiKey, apis } from "../protocol/apis.ts"
import { decoder, encoder } from "../protocol/compile.ts"
import { ErrorCode } from "../protocol/errors.ts"
import { beginResponse, endFrame, readRequestHeader } from "../protocol/frame.ts"
import { DecodeError, Reader } from "../protocol/reader.ts"
import { Writer } from "../protocol/writer.ts"
import type { AnyHandler } from "./apis/index.ts"
import type { Context } from "./context.ts"

type Decode = (reader: Reader) => unknown
type Encode = (writer: Writer, reply: unknown) => void

/** What calls share with the connection they came in on. */
export interface Session {
  readonly connection: ConnectionId
  readonly info: ConnectionInfo
  readonly principal: string
  readonly clientSoftwareName: string
  readonly clientSoftwareVersion: string
  rememberSoftware(name: string, version: string): void
  isCongested(): boolean
  onClose(run: () => void): () => void
}

/** How one API is served. */
export interface Route {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  readonly handler: AnyHandler
  /** By version, filled at first use. */
  readonly decoders: (Decode | undefined)[]
  readonly encoders: (Encode | undefined)[]
}

/** One request on its way to its handler; also the handler's context. */
export class Call implements Context {
  readonly route: Route
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly session: Session
  readonly request: unknown
  /** Answered by the router itself: no handler is asked. */
  readonly reply: object | undefined

  constructor(route: Route, header: CallHeader, session: Session, request: unknown) {
    this.route = route
    this.apiVersion = header.apiVersion
    this.correlationId = header.correlationId
    this.clientId = header.clientId
    this.session = session
    this.request = request
    this.reply = header.reply
  }

  get apiKey(): number {
    return this.route.key
  }
  get principal(): string {
    return this.session.principal
  }
  get connection(): ConnectionId {
    return this.session.connection
  }
  get info(): ConnectionInfo {
    return this.session.info
  }
  get clientSoftwareName(): string {
    return this.session.clientSoftwareName
  }
  get clientSoftwareVersion(): string {
    return this.session.clientSoftwareVersion
  }
  rememberSoftware(name: string, version: string): void {
    this.session.rememberSoftware(name, version)
  }
  isCongested(): boolean {
    return this.session.isCongested()
  }
  onClose(run: () => void): () => void {
    return this.session.onClose(run)
  }
}

interface CallHeader {
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly reply?: object
}

/** Why a frame was not understood. */
export interface Refusal {
  readonly refused: "unknown-api" | "unsupported-version" | "malformed"
  readonly detail: string
}

/** Elements of all arrays of one request: twice what a fetch of every partition there may
 *  be has. */
const MAX_REQUEST_ELEMENTS = 100_000
/** Shortest request header: API key, version, correlation id. */
const MIN_HEADER_LENGTH = 8

/** The table of routes and the codecs of frames. */
export class Router {
  readonly #routes: (Route | undefined)[] = []
  readonly #reader = new Reader(MAX_REQUEST_ELEMENTS)
  readonly #writer = new Writer()

  constructor(handlers: ReadonlyMap<number, AnyHandler>) {
    for (const [key, handler] of handlers) {
      const api = apis.get(key)
      if (api === undefined) throw new Error(`no API with key ${key} is described`)
      const [minVersion, maxVersion] = api.versions
      const { name } = api
      this.#routes[key] = {
        ...{ key, name, minVersion, maxVersion, handler },
        ...{ decoders: [], encoders: [] },
      }
    }
  }

  /** Reads a frame up to the point where its handler can be called. */
  read(session: Session, bytes: Buffer, start: number, length: number): Call | Refusal {
    if (length < MIN_HEADER_LENGTH) return malformed(`a frame of ${length} bytes has no header`)
    const apiKey = bytes.readInt16BE(start)
    const apiVersion = bytes.readInt16BE(start + 2)
    const route = this.#routes[apiKey]
    if (route === undefined) return { refused: "unknown-api", detail: `API key ${apiKey}` }
    if (apiVersion < route.minVersion || apiVersion > route.maxVersion) {
      return refuseVersion(route, session, apiVersion, bytes.readInt32BE(start + 4))
    }
    try {
      const reader = this.#reader.reset(bytes, start, start + length)
      const header = readRequestHeader(reader)
      const decode = route.decoders[apiVersion] ?? decoderOf(route, apiVersion)
      return new Call(route, header, session, decode(reader))
    } catch (error) {
      if (error instanceof DecodeError) {
        return malformed(`${route.name} version ${apiVersion}: ${error.message}`)
      }
      throw error
    }
  }

  /** A whole response frame, in a writer that is valid until the next `encode`. */
  encode(call: Call, reply: unknown): Writer {
    const { route, apiVersion } = call
    const writer = this.#writer
    beginResponse(writer, call.correlationId, route.key, apiVersion)
    const encode = route.encoders[apiVersion] ?? encoderOf(route, apiVersion)
    encode(writer, reply)
    endFrame(writer)
    return writer
  }
}

function decoderOf(route: Route, version: number): Decode {
  const decode = decoder(apis.get(route.key)!.request, version) as Decode
  route.decoders[version] = decode
  return decode
}

function encoderOf(route: Route, version: number): Encode {
  const encode = encoder(apis.get(route.key)!.response, version) as Encode
  route.encoders[version] = encode
  return encode
}

function malformed(detail: string): Refusal {
  return { refused: "malformed", detail }
}

/** Closes the connection, except for ApiVersions: see the head of this file. */
function refuseVersion(
  route: Route,
  session: Session,
  apiVersion: number,
  correlationId: number,
): Call | Refusal {
  if (route.key !== ApiKey.ApiVersions) {
    return { refused: "unsupported-version", detail: `${route.name} version ${apiVersion}` }
  }
  const { key, minVersion, maxVersion } = route
  const reply = {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: key, minVersion, maxVersion }],
  }
  const header = { apiVersion: 0, correlationId, clientId: null, reply }
  return new Call(route, header, session, undefined)
}
