/**
 * The process around a broker: options of the command line in, one line when it is ready, close on
 * a signal. A second signal does not wait.
 */
import { readFileSync } from "node:fs"
import { Broker } from "./broker.ts"
import { type Setting, settingsOf } from "./config.ts"
import { parseConfigFile, type SettingsResult } from "./config-file.ts"
import { SettingsError, StartError } from "./start-error.ts"

/** What `millrace start` was given. */
export interface RunOptions {
  listen?: string
  dataDir?: string
  /** Path of a .properties or .json file. */
  config?: string
  set?: Record<string, string>
  durability?: string
  os?: string
  logLevel?: string
}

const EXIT_OK = 0
const EXIT_FAILURE = 1
const EXIT_USAGE = 2
/** As a shell reports a process that a signal ended: 128 + SIGINT. */
const EXIT_INTERRUPTED = 130

/** Runs a broker until SIGINT or SIGTERM; resolves to the exit status. */
export async function runBroker(options: RunOptions): Promise<number> {
  const settings = readSettings(options)
  if (!settings.ok) {
    for (const error of settings.errors) process.stderr.write(`millrace: ${error}\n`)
    return EXIT_USAGE
  }
  try {
    const broker = await Broker.open({ settings: settings.settings })
    process.stdout.write(`${readyLine(broker)}\n`)
    await stopSignal()
    await broker.close()
    return EXIT_OK
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`millrace: ${error.message}\n`)
    return error instanceof SettingsError ? EXIT_USAGE : EXIT_FAILURE
  }
}

/** File, then --set, then the options of their own: later ones win. */
function readSettings(options: RunOptions): SettingsResult {
  const defaults: Setting[] = [
    { key: "listeners", value: "127.0.0.1:9092", place: "default" },
    { key: "log.dirs", value: "./millrace-data", place: "default" },
    { key: "log.level", value: "warn", place: "default" },
  ]
  const file = options.config === undefined ? undefined : readFile(options.config)
  if (file?.ok === false) return file
  const own = {
    listeners: options.listen,
    "log.dirs": options.dataDir,
    durability: options.durability,
    os: options.os,
    "log.level": options.logLevel,
  }
  const settings = [
    ...defaults,
    ...(file?.settings ?? []),
    ...settingsOf(options.set ?? {}, "--set"),
    ...settingsOf(own, "command line"),
  ]
  return { ok: true, settings }
}

function readFile(path: string): SettingsResult {
  try {
    return parseConfigFile(readFileSync(path, "utf8"), path)
  } catch (error) {
    return { ok: false, errors: [`cannot read ${path}: ${(error as Error).message}`] }
  }
}

function readyLine(broker: Broker): string {
  const { host, port, os, config } = broker
  const startMs = Math.round(performance.now())
  const details = `os ${os}, durability ${config.durability}, ${startMs} ms`
  return `millrace ${packageVersion()} ready on ${host}:${port} (${details})`
}

/** The version in package.json, two levels up from the compiled file. */
function packageVersion(): string {
  const path = new URL("../../package.json", import.meta.url)
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      resolve()
      process.once("SIGINT", () => process.exit(EXIT_INTERRUPTED))
      process.once("SIGTERM", () => process.exit(EXIT_INTERRUPTED))
    }
    process.once("SIGINT", stop)
    process.once("SIGTERM", stop)
  })
}
