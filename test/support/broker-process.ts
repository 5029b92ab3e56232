/** A real `millrace start` process for tests: started, killed, restarted on the same directory. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"

const root = join(__dirname, "../..")
const command = join(root, "bin/millrace")

/** How the process is started. */
export interface BrokerProcessOptions {
  readonly dataDir: string
  readonly os?: "linux" | "portable"
  /** 0 lets the system choose. */
  readonly port?: number
  /** Broker options by name. */
  readonly settings?: Readonly<Record<string, string>>
  readonly durability?: "fsync" | "os" | "memory"
}

/** One running broker process. */
export interface BrokerProcess {
  readonly port: number
  readonly bootstrap: string
  readonly pid: number
  readonly readyLine: string
  /** Everything it has written to stderr. */
  stderr(): string
  /** Sends SIGTERM; resolves to the exit status. */
  stop(): Promise<number | null>
  /** Sends SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

/** Why the linux house cannot be tested here; undefined when it can. */
export function linuxHouseMissing(): string | undefined {
  if (process.platform !== "linux") return "not on Linux"
  return existsSync(join(root, "build/Release/millrace.node"))
    ? undefined
    : "the addon is not built"
}

/** The houses that can run here, for `describe.each`. */
export const houses = (["linux", "portable"] as const).filter(
  (house) => house === "portable" || linuxHouseMissing() === undefined,
)

/** Starts a broker; resolves when its ready line has come, rejects when it ends before. */
export async function startBrokerProcess(options: BrokerProcessOptions): Promise<BrokerProcess> {
  const { dataDir, os, port = 0, settings = {}, durability } = options
  const args = ["start", "--listen", `127.0.0.1:${port}`, "--data-dir", dataDir]
  if (os !== undefined) args.push("--os", os)
  if (durability !== undefined) args.push("--durability", durability)
  for (const [name, value] of Object.entries(settings)) args.push("--set", `${name}=${value}`)
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk
  })
  const readyLine = await firstLine(child, () => stderr)
  const bound = Number(/ready on \S+:(\d+)/.exec(readyLine)?.[1])
  return {
    port: bound,
    bootstrap: `127.0.0.1:${bound}`,
    pid: child.pid!,
    readyLine,
    stderr: () => stderr,
    stop: () => end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL")
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  if (child.signalCode !== null) throw new Error(`the broker was ended by ${child.signalCode}`)
  const ended = once(child, "exit")
  child.kill(signal)
  return (await ended)[0] as number | null
}

function firstLine(child: ChildProcess, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ""
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk
      const newline = text.indexOf("\n")
      if (newline >= 0) resolve(text.slice(0, newline))
    })
    child.once("exit", (code, signal) =>
      reject(new Error(`the broker ended (${code ?? signal}) before it was ready: ${stderr()}`)),
    )
  })
}

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port was bound")
  return address.port
}
