/**
 * The broker's own log: one JSON line per event to standard error, so that standard output stays
 * free for the line that says "ready". Fields come first, then the text, as pino has it.
 *
 * pino is loaded with the first line that is written: it is a tenth of the time a start takes, and
 * most runs write nothing.
 */
import { createRequire } from "node:module"
import type * as Pino from "pino"

/** Least severe line that is written. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent"

type Write = (fields: object, text: string) => void

/** What the parts of the broker are handed. */
export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** How a logger is made. */
export interface LoggerOptions {
  level: LogLevel
  /** Gets each line with its end. Default: standard error, written at once. */
  sink?: { write(line: string): void }
}

const STDERR = 2
const levels: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"]

/** A logger that writes lines to standard error, or to `sink`. */
export function createLogger(options: LoggerOptions): Logger {
  let pino: Pino.Logger | undefined
  const least = levels.indexOf(options.level)
  const writer = (level: keyof Logger): Write => {
    if (levels.indexOf(level) < least) return () => undefined
    return (fields, text) => {
      pino ??= openPino(options)
      pino[level](fields, text)
    }
  }
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  }
}

/** A logger that writes nothing, for embedding and tests. */
export const silentLogger: Logger = createLogger({ level: "silent" })

function openPino(options: LoggerOptions): Pino.Logger {
  const require = createRequire(import.meta.url)
  const { destination, pino, stdSerializers, stdTimeFunctions } = require("pino") as typeof Pino
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
    },
    options.sink ?? destination({ dest: STDERR, sync: true }),
  )
}
