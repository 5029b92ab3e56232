/**
 * The broker's own log: one JSON line per event to standard error, so that standard output stays
 * free for the line that says "ready". Fields come first, then the text, as pino has it.
 */
import { destination, type Logger as PinoLogger, pino } from "pino"

/** Least severe line that is written. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent"

/** What the parts of the broker are handed. */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error" | "level"> & {
  child(fields: object): Logger
}

const STDERR = 2

/** A logger that writes lines to standard error, or to `sink`. */
export function createLogger(options: {
  level: LogLevel
  /** Gets each line with its end. Default: standard error, written at once. */
  sink?: { write(line: string): void }
}): Logger {
  const sink = options.sink ?? destination({ dest: STDERR, sync: true })
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    sink,
  )
}

/** A logger that writes nothing, for embedding and tests. */
export const silentLogger: Logger = createLogger({ level: "silent", sink: { write() {} } })
