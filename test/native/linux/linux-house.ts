/** What the tests of the Linux house share: the house, its addon, and processes that use it. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { openOs } from "../../../native/index.ts"
import type { Addon } from "../../../native/linux/addon.ts"
import { loadAddon } from "../../../native/linux/load.ts"

const REGISTER = join(__dirname, "register-typescript.cjs")
const HOUSE = join(__dirname, "../../../native/index.ts")
const TIME_LIMIT_MS = 30_000

/** The beginning of a script: the house as `os`, and what most scripts need. */
const PROLOGUE = `
const { once } = require("node:events")
const { connect } = require("node:net")
const { parentPort, Worker } = require("node:worker_threads")
const os = require(${JSON.stringify(HOUSE)}).openOs("linux")
const frame = (length) => Buffer.concat([Buffer.from([0, 0, 0, length]), Buffer.alloc(length)])
`

const loaded = loadAddon()

/** `describe`, or one skipped test that says why the addon is not there: the body is not even run,
 *  since it may open the house. */
export function describeLinux(title: string, body: () => void): void {
  if (loaded.ok) describe(title, body)
  else it.skip(`${title} (skipped: ${loaded.reason})`, () => {})
}

/** The addon itself; only within `describeLinux`. */
export function addon(): Addon {
  if (!loaded.ok) throw new Error(loaded.reason)
  return loaded.addon
}

/** The house; only within `describeLinux`. */
export const openHouse = () => openOs("linux")

/**
 * Lines that a script prints in a node process of its own until that ends by itself; its failure,
 * with what it wrote to stderr, otherwise. `prefix` is a command to run it with.
 */
export function runScript(script: string, prefix: string[] = []): Promise<string[]> {
  const node = [process.execPath, "-r", REGISTER, "-e", PROLOGUE + script]
  const [file, ...args] = [...prefix, ...node]
  return new Promise((resolve, reject) => {
    execFile(file!, args, { timeout: TIME_LIMIT_MS }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.signal ?? error.code}\n${stderr}`))
      else resolve(stdout.split("\n").slice(0, -1))
    })
  })
}

/** Source of a transport: `members` replace those of a handler that does nothing. */
export function transportOf(members = "", options = "{}"): string {
  const handler = `{ onOpen() {}, onFrame() {}, onTurnEnd() {}, onClose() {}, ${members} }`
  return `os.createTransport(${handler}, ${options})`
}

/** Source of an expression that runs a script like the above in a worker thread. */
export function workerOf(script: string): string {
  const options = JSON.stringify({ eval: true, execArgv: ["-r", REGISTER] })
  return `new Worker(${JSON.stringify(PROLOGUE + script)}, ${options})`
}
