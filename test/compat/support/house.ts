/**
 * A broker for the tests of real clients, one per house. With MILLRACE_COMPAT_BOOTSTRAP=host:port
 * the same tests run against another broker instead: run against Apache Kafka, they tell whether a
 * test asks too much.
 */
import { type BrokerProcess, houses, startBrokerProcess } from "../../support/broker-process.ts"
import { scopedDirectory } from "../../support/temporary-directory.ts"

/** What a test may know of the broker it talks to. */
export interface Server {
  readonly bootstrap: string
  /** A name for a topic or a group that no other test uses. */
  newName(what: string): string
}

const external = process.env.MILLRACE_COMPAT_BOOTSTRAP

/** Runs a suite against a fresh broker on each house that works here. */
export function describeHouses(name: string, suite: (server: Server) => void): void {
  const all: readonly string[] = external === undefined ? houses : ["of another broker"]
  describe.each(all)(`${name} on house %s`, (house) => {
    const directory = scopedDirectory("millrace-compat-")
    const server = new Running()

    beforeAll(async () => {
      if (external !== undefined) server.bootstrap = external
      else await server.start(directory.path, house as "linux" | "portable")
    })
    afterAll(async () => {
      await server.stop()
      directory[Symbol.dispose]()
    })

    suite(server)
  })
}

class Running implements Server {
  bootstrap = ""
  #process: BrokerProcess | undefined
  #count = 0
  readonly #run = `${process.pid.toString(36)}-${Date.now().toString(36)}`

  newName(what: string): string {
    this.#count += 1
    return `${what}-${this.#run}-${this.#count}`
  }

  async start(dataDir: string, os: "linux" | "portable"): Promise<void> {
    const settings = { "offsets.topic.num.partitions": "5" }
    this.#process = await startBrokerProcess({ dataDir, os, settings })
    this.bootstrap = this.#process.bootstrap
  }

  async stop(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    const status = await running.stop()
    if (status !== 0) throw new Error(`the broker ended with ${status}: ${running.stderr()}`)
  }
}
