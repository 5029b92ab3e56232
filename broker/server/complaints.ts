/**
 * Log lines that a client can cause: at most one per kind and second, with a count of those left
 * out, so that nobody can fill the log.
 */
import type { Clock } from "../../native/os.ts"

const INTERVAL_MS = 1000

/** Where the lines go. */
export interface ComplaintLog {
  warn(fields: object, text: string): void
}

interface Kind {
  lastAt: number
  suppressedCount: number
}

/** A log that cannot be flooded. */
export class Complaints {
  readonly #clock: Clock
  readonly #log: ComplaintLog
  readonly #kinds = new Map<string, Kind>()

  constructor(clock: Clock, log: ComplaintLog) {
    this.#clock = clock
    this.#log = log
  }

  /** Writes a line, unless one of this kind was written a moment ago. Kinds are few and fixed. */
  add(kind: string, fields: object): void {
    const now = this.#clock.monotonicMs()
    const known = this.#kinds.get(kind)
    if (known !== undefined && now - known.lastAt < INTERVAL_MS) {
      known.suppressedCount++
      return
    }
    const suppressedCount = known?.suppressedCount ?? 0
    this.#kinds.set(kind, { lastAt: now, suppressedCount: 0 })
    this.#log.warn(suppressedCount > 0 ? { ...fields, suppressedCount } : fields, kind)
  }
}
