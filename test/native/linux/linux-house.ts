/** What the tests of the Linux house share: the house, its addon, and node processes that use it. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { openOs } from "../../../native/index.ts"
import type { Addon } from "../../../native/linux/addon.ts"
import { loadAddon } from "../../../native/linux/load.ts"

const REGISTER = join(__dirname, "register-typescript.cjs")
const HOUSE = join(__dirname, "../../../native/index.ts")

const loaded = loadAddon()

/** `describe`, or `describe.skip` with the reason where the addon is not there. */
export function describeLinux(title: string, body: () => void): void {
  if (loaded.ok) describe(title, body)
  else describe.skip(`${title} (${loaded.reason})`, body)
}

/** The addon itself; only within `describeLinux`. */
export function addon(): Addon {
  if (!loaded.ok) throw new Error(loaded.reason)
  return loaded.addon
}

/** The house; only within `describeLinux`. */
export const openHouse = () => openOs("linux")

/** The beginning of a script that has the house as `os`. */
const PROLOGUE = `const { openOs } = require(${JSON.stringify(HOUSE)})\nconst os = openOs("linux")\n`

/** Runs a script with the house as `os` in a process of its own, until it ends by itself. */
export function runScript(script: string, prefix: string[] = []): Promise<string> {
  const node = [process.execPath, "-r", REGISTER, "-e", PROLOGUE + script]
  const [file, ...args] = [...prefix, ...node]
  return new Promise((resolve, reject) => {
    execFile(file!, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`))
      else resolve(stdout.trim())
    })
  })
}

/** Source of an expression that starts such a script as a worker thread. */
export function workerOf(script: string): string {
  const options = JSON.stringify({ eval: true, execArgv: ["-r", REGISTER] })
  return `new (require("node:worker_threads").Worker)(${JSON.stringify(PROLOGUE + script)}, ${options})`
}
