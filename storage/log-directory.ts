/**
 * One data directory as its logs see it: usable, or taken offline by the first failed write or
 * sync. Nothing is ever retried: after a failed fdatasync the kernel may have dropped the dirty
 * pages, and the next one would succeed without them.
 */
import { errnoName } from "../native/errno.ts"

/** Where storage writes what an operator should know; pino's shape. */
export interface StorageLogger {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** The disk let us down; the directory is offline for writing from then on. */
export interface StorageFailure {
  readonly ok: false
  readonly reason: "storage-failure"
  readonly message: string
}

/** A data directory. */
export class LogDirectory {
  readonly path: string
  readonly log: StorageLogger
  readonly #onOffline: (directory: string) => void
  #failure: StorageFailure | undefined
  /** Names were created or renamed in the directory since it was last synced. */
  needsSync = false

  constructor(path: string, log: StorageLogger, onOffline: (directory: string) => void = () => {}) {
    this.path = path
    this.log = log
    this.#onOffline = onOffline
  }

  /** Why the directory is offline; undefined while it is not. */
  get failure(): StorageFailure | undefined {
    return this.#failure
  }

  /** Takes the directory offline because `action` on `path` failed with `result` (-errno). */
  fail(action: string, path: string, result: number): StorageFailure {
    const message = `${action} of ${path} failed: ${errnoName(result)}`
    const failure: StorageFailure = { ok: false, reason: "storage-failure", message }
    this.log.error({ directory: this.path, path, code: errnoName(result) }, message)
    if (this.#failure !== undefined) return failure
    this.#failure = failure
    this.log.error({ directory: this.path }, "data directory is offline: it takes no more writes")
    this.#onOffline(this.path)
    return failure
  }
}
