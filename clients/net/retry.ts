/**
 * Trying again: exponential back-off with jitter, and the loop around an operation that may fail
 * for a while. The loop ends with success, an error that is not retriable, its deadline, or the
 * closing of the client; it never outlasts its deadline by more than one attempt.
 */
import { KafkaError } from "../errors.ts"
import { type Clock, sleep } from "./clock.ts"

/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Wait after the first failure. */
  readonly retryBackoffMs: number
  /** Longest wait; the wait doubles up to here. */
  readonly retryBackoffMaxMs: number
}

/** Share of the wait that is random, so that clients do not return in step. */
const JITTER = 0.2

/** Wait before the attempt that follows failure number `failures` (1 for the first). */
export function backoffMs(options: BackoffOptions, failures: number, random: number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), 30)
  const base = Math.min(options.retryBackoffMs * 2 ** exponent, options.retryBackoffMaxMs)
  return base * (1 - JITTER + 2 * JITTER * random)
}

/** What `retry` needs to know. */
export interface RetryOptions {
  readonly clock: Clock
  readonly backoff: BackoffOptions
  /** Monotonic instant after which no further attempt starts. */
  readonly deadlineAt: number
  /** Aborted when the client closes: the wait ends and the last error is thrown. */
  readonly signal: AbortSignal
  /** Called with each error that leads to another attempt. */
  readonly onRetry?: (error: KafkaError) => void
}

/** Runs `attempt` until it succeeds or trying again is pointless. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal } = options
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retriable || signal.aborted) throw error
      const waitMs = backoffMs(options.backoff, failures, clock.random())
      if (clock.monotonicMs() + waitMs > options.deadlineAt) throw exhausted(error, failures)
      options.onRetry?.(error)
      await sleep(clock, waitMs, signal)
      if (signal.aborted) throw error
    }
  }
}

/** The last error, with the number of attempts when there were several. */
function exhausted(error: KafkaError, attempts: number): KafkaError {
  if (attempts === 1) return error
  return new KafkaError(error.code, `${error.message} Gave up after ${attempts} attempts.`, {
    retriable: true,
    broker: error.broker,
    topic: error.topic,
    partition: error.partition,
    cause: error,
  })
}
