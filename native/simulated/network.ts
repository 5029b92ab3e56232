/** Listeners, connections and file reads of a simulated transport, in virtual time. */
import assert from "node:assert/strict"
import { errno } from "../errno.ts"
import type { Files } from "../os.ts"
import type { ListenRequest, StreamHost, StreamListener } from "../portable/byte-stream.ts"
import { Peer } from "./peer.ts"
import type { NetworkWorld } from "./pipe.ts"

const FIRST_EPHEMERAL_PORT = 40_000
const FIRST_PEER_PORT = 50_000
const HOST = "127.0.0.1"

/** The network of one life of the process. */
export class SimulatedNetwork implements StreamHost {
  readonly #world: NetworkWorld
  readonly #files: Files
  readonly #listening = new Map<number, ListenRequest>()
  readonly #peers = new Set<Peer>()
  #nextPort = FIRST_EPHEMERAL_PORT
  #nextPeerPort = FIRST_PEER_PORT

  constructor(world: NetworkWorld, files: Files) {
    this.#world = world
    this.#files = files
  }

  /** A new connection to whoever listens on `port`. */
  connect(port: number): Peer {
    const listener = this.#listening.get(port)
    assert(listener, `simulation: nobody listens on port ${port}`)
    const remotePort = this.#nextPeerPort++
    const info = { remoteHost: HOST, remotePort, localHost: HOST, localPort: port }
    const peer = new Peer(this.#world, info)
    this.#peers.add(peer)
    this.#world.life.finish(this.#world.faults.networkMs(), () => {
      if (this.#listening.get(port) === listener) listener.onStream(peer.stream)
      else peer.closedByBroker()
    })
    return peer
  }

  /** The process has ended: every connection breaks. */
  die(): void {
    for (const peer of this.#peers) peer.closedByBroker()
    this.#peers.clear()
    this.#listening.clear()
  }

  monotonicMs(): number {
    return this.#world.life.monotonicMs()
  }

  listen(request: ListenRequest): StreamListener {
    const { life } = this.#world
    const port = request.port === 0 ? this.#nextPort++ : request.port
    if (this.#listening.has(port)) {
      life.soon(() => {
        request.onListening(-errno.EADDRINUSE)
        request.onClosed()
      })
      return { close() {} }
    }
    this.#listening.set(port, request)
    life.soon(() => request.onListening(port))
    return {
      close: () => {
        if (this.#listening.get(port) !== request) return
        this.#listening.delete(port)
        life.soon(() => request.onClosed())
      },
    }
  }

  atTurnEnd(run: () => void): void {
    this.#world.life.soon(run)
  }

  every(periodMs: number, run: () => void): () => void {
    const { life } = this.#world
    const again = (): void => {
      timer = life.after(periodMs, again)
      run()
    }
    let timer = life.after(periodMs, again)
    return () => timer.cancel()
  }

  readFile(fd: number, buffer: Buffer, position: number, done: (result: number) => void): void {
    this.#world.life.soon(() => {
      done(this.#files.read(fd, buffer, 0, buffer.length, position))
    })
  }
}
