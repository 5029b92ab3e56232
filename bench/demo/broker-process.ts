/** The broker of the demo: a process of its own, as a user would start it, with its
 *  metrics page. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { memoryMb } from "../process-stats.ts"

const command = join(import.meta.dirname, "../../../bin/millrace")

/** A running broker and what it says of itself. */
export interface DemoBroker {
  readonly bootstrap: string
  readonly pid: number
  /** Its ready line. */
  readonly readyLine: string
  /** From starting the process to its ready line, in ms. */
  readonly startMs: number
  /** Sum of a counter over its labels, from /metrics. */
  counters(): Promise<(name: string) => number>
  /** Resident memory in MB, now and at its peak; undefined where /proc is missing. */
  memory(): { now: number; peak: number } | undefined
  /** SIGTERM, then its exit status. */
  stop(): Promise<number | null>
  /** Lets it live on when this process ends. */
  leave(): void
}

/** Starts a broker on a fresh directory; resolves at its ready line. */
export async function startDemoBroker(directory: string): Promise<DemoBroker> {
  const statusPort = await freePort()
  const args = ["start", "--listen", "127.0.0.1:0", "--data-dir", directory, "--log-level", "warn"]
  const settings = ["--set", `status.listen=127.0.0.1:${statusPort}`]
  const startedAt = performance.now()
  const child = spawn(process.execPath, [command, ...args, ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  })
  const readyLine = await firstLine(child)
  const bootstrap = /ready on (\S+)/.exec(readyLine)?.[1]
  if (bootstrap === undefined) throw new Error(`not a ready line: ${readyLine}`)
  return {
    bootstrap,
    pid: child.pid!,
    readyLine,
    startMs: performance.now() - startedAt,
    counters: () => readCounters(statusPort),
    memory: () => (process.platform === "linux" ? memoryMb(child.pid!) : undefined),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode
      const ended = once(child, "exit")
      child.kill("SIGTERM")
      return (await ended)[0] as number | null
    },
    leave: () => {
      child.stdout!.destroy()
      child.unref()
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ""
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk
      const end = text.indexOf("\n")
      if (end >= 0) resolve(text.slice(0, end))
    })
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`the broker ended with status ${code}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}

async function readCounters(port: number): Promise<(name: string) => number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return (name) => {
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))]
    if (values.length === 0) throw new Error(`the broker has no metric named ${name}`)
    return values.reduce((sum, match) => sum + Number(match[1]), 0)
  }
}
