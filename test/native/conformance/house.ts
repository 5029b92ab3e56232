/**
 * The houses under one roof for the conformance tests: each opens a world with an Os, a directory,
 * and clients that can be told to stall, leave or vanish. Tests wait with `until`, which lets real
 * or virtual time pass.
 */
import { connect, type Socket } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { openOs, osFallbackReason } from "../../../native/index.ts"
import type { Os, OsName } from "../../../native/os.ts"
import { createPortableOs } from "../../../native/portable/index.ts"
import { createSimulatedOs, type Peer, type SimulatedOs } from "../../../native/simulated/index.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { until } from "../../support/until.ts"

const SEED = 20_240
const VIRTUAL_STEP_MS = 5
const VIRTUAL_LIMIT_MS = 200_000

/** A client of a transport under test. */
export interface Client {
  send(bytes: Uint8Array): void
  /** All bytes that came. */
  received(): Buffer
  receivedBytes(): number
  /** Takes nothing more (beyond what the system buffers) until `resume`. */
  stall(): void
  resume(): void
  /** Ends its side of the stream. */
  end(): void
  /** Vanishes. */
  reset(): void
  isClosed(): boolean
}

/** One house at work. */
export interface World {
  readonly os: Os
  readonly directory: string
  connect(port: number, host?: string): Client
  until(isTrue: () => boolean, what?: string): Promise<void>
  elapse(ms: number): Promise<void>
}

type Opener = () => World

/** Runs the same tests for every house; one that is not there is skipped with its reason. */
export function forEachHouse(
  title: string,
  body: (open: Opener, name: OsName) => void,
  options: { without?: OsName[] } = {},
): void {
  const isWanted = (name: OsName): boolean => !options.without?.includes(name)
  if (isWanted("portable")) {
    describe(`${title} (portable)`, () => body(() => openReal(createPortableOs()), "portable"))
  }
  if (isWanted("simulated"))
    describe(`${title} (simulated)`, () => body(openSimulated, "simulated"))
  if (!isWanted("linux")) return
  if (openOs().name === "linux") {
    describe(`${title} (linux)`, () => body(() => openReal(openOs("linux")), "linux"))
  } else {
    describe.skip(`${title} (linux: ${osFallbackReason()})`, () => body(openSimulated, "linux"))
  }
}

function openReal(os: Os): World {
  return {
    os,
    directory: temporaryDirectory(),
    connect: (port, host) => new SocketClient(connect(port, host ?? "127.0.0.1")),
    until,
    elapse: async (ms) => {
      await pause(ms)
    },
  }
}

class SocketClient implements Client {
  readonly #socket: Socket
  readonly #chunks: Buffer[] = []
  #byteCount = 0
  #isClosed = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("close", () => void (this.#isClosed = true))
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#byteCount += chunk.length
    })
    clients.add(socket)
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  received(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  receivedBytes(): number {
    return this.#byteCount
  }

  stall(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  isClosed(): boolean {
    return this.#isClosed
  }
}

const clients = new Set<Socket>()

afterEach(() => {
  for (const socket of clients) socket.destroy()
  clients.clear()
})

function openSimulated(): World {
  const os = createSimulatedOs({ seed: SEED })
  const directory = "/world"
  os.files.makeDirectory(directory)
  return {
    os,
    directory,
    connect: (port) => new SimulatedClient(os.connect(port)),
    until: (isTrue, what) => untilVirtually(os, isTrue, what),
    elapse: (ms) => os.elapse(ms),
  }
}

async function untilVirtually(
  os: SimulatedOs,
  isTrue: () => boolean,
  what?: string,
): Promise<void> {
  const end = os.clock.monotonicMs() + VIRTUAL_LIMIT_MS
  while (!isTrue()) {
    if (os.clock.monotonicMs() > end) throw new Error(`${what ?? "the state"} did not come about`)
    await os.elapse(VIRTUAL_STEP_MS)
  }
}

class SimulatedClient implements Client {
  readonly #peer: Peer
  #received = Buffer.alloc(0)

  constructor(peer: Peer) {
    this.#peer = peer
  }

  send(bytes: Uint8Array): void {
    this.#peer.send(bytes)
  }

  received(): Buffer {
    this.#received = Buffer.concat([this.#received, this.#peer.take()])
    return this.#received
  }

  receivedBytes(): number {
    return this.#received.length + this.#peer.receivedBytes
  }

  stall(): void {
    this.#peer.stall()
  }

  resume(): void {
    this.#peer.resume()
  }

  end(): void {
    this.#peer.end()
  }

  reset(): void {
    this.#peer.reset()
  }

  isClosed(): boolean {
    return this.#peer.isClosed
  }
}
