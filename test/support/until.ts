/** Waiting for things that happen soon, without timed assertions. */
import { setTimeout as pause } from "node:timers/promises"

/** Far above what anything takes: a test that waits this long has failed. */
const LIMIT_MS = 20_000
const POLL_MS = 2

/** Waits until `isTrue()`; fails, naming `what`, after a long time. */
export async function until(isTrue: () => boolean, what = "the awaited state"): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`${what} did not come about`)
    await pause(POLL_MS)
  }
}
