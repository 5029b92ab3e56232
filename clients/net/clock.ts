/**
 * Time and chance for the clients. Everything outside `clients/net/` asks this interface, so that
 * tests can bring their own.
 */

/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void
}

/** Instants, delays and randomness. */
export interface Clock {
  /** Wall clock in milliseconds since 1970. */
  nowMs(): number
  /** Monotonic milliseconds; only differences mean anything. */
  monotonicMs(): number
  /** Calls `run` once, at least `delayMs` from now. Keeps the process alive. */
  after(delayMs: number, run: () => void): Timer
  /** Calls `run` when what is ready on the loop has been handled. */
  soon(run: () => void): void
  /** 0 <= n < 1. */
  random(): number
}

/** Timers longer than this overflow to 1 ms in Node. */
const MAX_DELAY_MS = 0x7fffffff

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(Math.ceil(delayMs), 0), MAX_DELAY_MS))
    return { cancel: () => clearTimeout(timer) }
  },
  soon: (run) => void setImmediate(run),
  random: () => Math.random(),
}

/** Resolves after `delayMs`, or at once when `signal` is aborted. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      timer.cancel()
      signal?.removeEventListener("abort", finish)
      resolve()
    }
    const timer = clock.after(delayMs, finish)
    signal?.addEventListener("abort", finish, { once: true })
  })
}
