/** Starts the Millrace broker of this checkout as a process of its own, on a fresh directory. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunningBroker, StartBrokerOptions } from "./peer.ts"

const command = join(import.meta.dirname, "../../../bin/millrace")

/** Starts it; resolves when its ready line has come. */
export async function startMillrace(options: StartBrokerOptions): Promise<RunningBroker> {
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), "millrace-bench-"))
  const startedAt = performance.now()
  const settings = Object.entries(options.settings ?? {}).flatMap(([k, v]) => [
    "--set",
    `${k}=${v}`,
  ])
  const args = ["start", "--listen", `127.0.0.1:${options.port}`, "--data-dir", directory]
  const child = spawn(process.execPath, [command, ...args, ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const port = await readyPort(child)
  return {
    name: "millrace",
    port,
    pid: child.pid!,
    readyMs: performance.now() - startedAt,
    stop: async () => {
      const ended = once(child, "exit")
      child.kill("SIGTERM")
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ""
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk
      const match = /ready on \S+:(\d+)/.exec(text)
      if (match) resolve(Number(match[1]))
    })
    child.once("exit", (code) =>
      reject(new Error(`millrace ended with status ${code} before it was ready`)),
    )
  })
}
