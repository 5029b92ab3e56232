/** The real `millrace` command for tests: run to its end, or started and interrupted. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const path = join(__dirname, "../../bin/millrace")

/** How a command is run. */
export interface CommandOptions {
  /** The value of MILLRACE_BOOTSTRAP. */
  readonly bootstrap?: string
  /** What it reads; undefined: nothing, and the end at once. */
  readonly input?: string | Buffer
}

/** How a command has ended. */
export interface CommandResult {
  readonly status: number | null
  readonly stdout: Buffer
  /** stdout as text. */
  readonly text: string
  readonly stderr: string
}

/** A command that runs. */
export interface RunningCommand {
  readonly process: ChildProcess
  /** What it has written to stdout so far. */
  stdout(): string
  /** Resolves when it has ended. */
  readonly result: Promise<CommandResult>
}

/** Starts the command. */
export function startCommand(
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const env = { ...process.env, MILLRACE_BOOTSTRAP: options.bootstrap ?? "127.0.0.1:9" }
  const child = spawn(process.execPath, [path, ...args], { env, stdio: "pipe" })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
  child.stdin.on("error", () => {})
  if (options.input !== undefined || !options.bootstrap) child.stdin.end(options.input)
  const result = once(child, "close").then(([status]) => {
    const stdout = Buffer.concat(out)
    const stderr = Buffer.concat(err).toString()
    return { status: status as number | null, stdout, text: stdout.toString(), stderr }
  })
  return { process: child, stdout: () => Buffer.concat(out).toString(), result }
}

/** Runs the command to its end. */
export function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return startCommand(args, { input: "", ...options }).result
}
