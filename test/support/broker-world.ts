/** A broker in the simulated world, and clients that speak to it in frames. */
import { Broker, type BrokerOptions } from "../../broker/broker.ts"
import { createSimulatedOs, type Peer, type SimulatedOs } from "../../native/simulated/index.ts"
import { decodeReply, encodeRequest } from "./raw-client.ts"

/** How long, in virtual time, a reply may take. */
const REPLY_LIMIT_MS = 60_000
const STEP_MS = 5

/** One client of a simulated broker. */
export class SimulatedClient {
  readonly peer: Peer
  readonly #os: SimulatedOs
  #correlationId = 0
  readonly #waiting: Buffer[] = []

  constructor(os: SimulatedOs, port: number) {
    this.#os = os
    this.peer = os.connect(port)
  }

  /** Sends a request without waiting for its reply. */
  send(apiKey: number, apiVersion: number, body: object): number {
    const correlationId = ++this.#correlationId
    this.peer.send(encodeRequest(apiKey, apiVersion, body, correlationId))
    return correlationId
  }

  /** Replies that have come, as [correlation id, bytes without prefix]. */
  takeReplies(): Buffer[] {
    return [...this.#waiting.splice(0), ...this.peer.takeFrames()]
  }

  /** The next reply's frame; fails when the connection closes or nothing comes for a minute. */
  async nextFrame(): Promise<Buffer> {
    for (let waitedMs = 0; waitedMs < REPLY_LIMIT_MS; waitedMs += STEP_MS) {
      this.#waiting.push(...this.peer.takeFrames())
      const frame = this.#waiting.shift()
      if (frame !== undefined) return frame
      if (this.peer.isClosed) throw new Error("the broker closed the connection")
      await this.#os.elapse(STEP_MS)
    }
    throw new Error("no reply came")
  }

  /** The next reply, decoded as one of this API and version. */
  async reply<Reply>(apiKey: number, apiVersion: number): Promise<Reply> {
    return decodeReply(await this.nextFrame(), apiKey, apiVersion)
  }

  /** Sends a request and decodes its reply. */
  async call<Reply>(apiKey: number, apiVersion: number, body: object): Promise<Reply> {
    this.send(apiKey, apiVersion, body)
    return this.reply(apiKey, apiVersion)
  }

  /** Lets time pass until the broker has closed the connection; false when it does not. */
  async waitForClose(limitMs = 1000): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < limitMs && !this.peer.isClosed; waitedMs += STEP_MS) {
      await this.#os.elapse(STEP_MS)
    }
    return this.peer.isClosed
  }
}

/** A world with one broker in it. */
export class BrokerWorld {
  os: SimulatedOs
  broker: Broker
  readonly #options: BrokerOptions

  private constructor(os: SimulatedOs, broker: Broker, options: BrokerOptions) {
    this.os = os
    this.broker = broker
    this.#options = options
  }

  static async open(options: BrokerOptions & { seed?: number } = {}): Promise<BrokerWorld> {
    const { seed = 1, ...brokerOptions } = options
    const os = createSimulatedOs({ seed })
    const all = { dataDir: "/data", ...brokerOptions }
    return new BrokerWorld(os, await os.drive(Broker.open({ ...all, os })), all)
  }

  connect(): SimulatedClient {
    return new SimulatedClient(this.os, this.broker.port)
  }

  close(): Promise<void> {
    return this.os.drive(this.broker.close())
  }

  /** Ends this life (a power cut, or kill -9) and opens the broker on what is left. */
  async restartAfter(end: "crash" | "kill" | "close"): Promise<void> {
    if (end === "close") await this.close()
    else this.os[end]()
    this.os = this.os.restart()
    this.broker = await this.os.drive(Broker.open({ ...this.#options, os: this.os }))
  }
}
