/** @platformatic/kafka at arm's length: each call runs in the process of platformatic.mjs. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { Server } from "./house.ts"

/** A record as its consumer gives it. */
export interface PlatformaticRecord {
  topic: string
  partition: number
  offset: bigint
  timestamp: bigint
  key: Uint8Array | null | undefined
  value: Uint8Array | null | undefined
  headers: [Uint8Array, Uint8Array | null][]
}

/** A record to send. */
export interface PlatformaticMessage {
  key?: Buffer | undefined
  value?: Buffer | undefined
  headers?: Map<Buffer, Buffer>
  partition?: number
  timestamp?: bigint
}

type Answer = { number: number; value?: unknown; error?: string }

/** One client process. */
export class Platformatic {
  readonly #server: Server
  #child: ChildProcess | undefined
  #count = 0
  readonly #waiting = new Map<number, (answer: Answer) => void>()

  constructor(server: Server) {
    this.#server = server
  }

  codecs(): Promise<string[]> {
    return this.#call("codecs")
  }

  send(
    topic: string,
    messages: PlatformaticMessage[],
    options: object = {},
  ): Promise<{ partition: number; offset: bigint }[]> {
    return this.#call("send", topic, messages, { acks: -1, ...options })
  }

  admin<T>(method: string, ...args: unknown[]): Promise<T> {
    return this.#call("admin", method, ...args)
  }

  async createTopic(name: string, partitions = 1): Promise<string> {
    await this.admin("createTopics", { topics: [name], partitions, replicas: 1 })
    return name
  }

  /** Opens a consumer of these topics; its id. */
  async open(groupId: string, stream: object, options: object = {}): Promise<number> {
    const id = ++this.#count
    await this.#call("open", id, groupId, options, stream)
    return id
  }

  read(id: number, count: number): Promise<PlatformaticRecord[]> {
    return this.#call("read", id, count)
  }

  assigned(id: number, n: number): Promise<{ topic: string; partitions: number[] }[]> {
    return this.#call("assigned", id, n)
  }

  joinCount(id: number): Promise<number> {
    return this.#call("joinCount", id)
  }

  consumer<T>(id: number, method: string, ...args: unknown[]): Promise<T> {
    return this.#call("consumer", id, method, ...args)
  }

  close(id: number): Promise<void> {
    return this.#call("close", id)
  }

  /** The first records of a topic. */
  async consume(topic: string, count: number): Promise<PlatformaticRecord[]> {
    const id = await this.open(this.#server.newName("reader"), { topics: [topic] })
    const records = await this.read(id, count)
    await this.close(id)
    return records
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    await this.#call("end")
    const ended = once(child, "exit")
    child.disconnect()
    child.kill()
    await ended
  }

  #call<T>(method: string, ...args: unknown[]): Promise<T> {
    const child = (this.#child ??= this.#start())
    const number = ++this.#count
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ value, error }) => {
        if (error === undefined) resolve(value as T)
        else reject(new Error(`${method}: ${error}`))
      })
      child.send({ number, method, args })
    })
  }

  #start(): ChildProcess {
    const script = join(__dirname, "platformatic.mjs")
    const child = fork(script, [this.#server.bootstrap], {
      serialization: "advanced",
      execArgv: [],
    })
    child.on("message", (message) => {
      const answer = message as Answer
      this.#waiting.get(answer.number)?.(answer)
      this.#waiting.delete(answer.number)
    })
    child.once("exit", (code) => {
      if (this.#child === child) this.#child = undefined
      for (const [number, settle] of this.#waiting) settle({ number, error: `ended with ${code}` })
    })
    return child
  }
}

/** Bytes as text; null for no bytes at all. */
export function text(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString()
}
