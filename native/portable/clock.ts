/**
 * The clock, timers and randomness of the machine, as node gives them. Also serves the linux house.
 */
import { randomBytes, randomFillSync } from "node:crypto"
import { performance } from "node:perf_hooks"
import type { Clock, Random, Timer } from "../os.ts"

/** setTimeout runs at once above this. */
const MAX_DELAY_MS = 2 ** 31 - 1
/** Random words fetched at a time. */
const WORDS = 1024

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    return new SystemTimer(performance.now() + Math.max(0, delayMs), run)
  },
  soon(run) {
    setImmediate(run)
  },
}

/**
 * Node's timers may fire a little early (they count from the start of the loop's turn) and cannot
 * wait longer than 2^31 ms: armed again until the instant has come.
 */
class SystemTimer implements Timer {
  readonly #dueAt: number
  readonly #run: () => void
  #timeout: NodeJS.Timeout

  constructor(dueAt: number, run: () => void) {
    this.#dueAt = dueAt
    this.#run = run
    this.#timeout = this.#arm()
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.min(MAX_DELAY_MS, Math.ceil(this.#dueAt - performance.now()))
    return setTimeout(() => this.#expire(), delayMs).unref()
  }

  #expire(): void {
    if (performance.now() >= this.#dueAt) this.#run()
    else this.#timeout = this.#arm()
  }
}

const words = new Uint32Array(WORDS)
let used = WORDS

/** The machine's source of randomness. */
export const systemRandom: Random = {
  uint32() {
    if (used === WORDS) {
      randomFillSync(words)
      used = 0
    }
    return words[used++]!
  },
  bytes: (length) => randomBytes(length),
}
