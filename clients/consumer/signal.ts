/** A flag that somebody can wait for: set while nobody waits, it ends the next wait at once. */
import type { Clock } from "../net/clock.ts"

/** One waiter, any number of notifiers. */
export class Signal {
  #isSet = false
  #wake: (() => void) | undefined

  notify(): void {
    this.#isSet = true
    this.#wake?.()
  }

  /** Ends at the next notice, or at `untilAt` (monotonic; may be infinite). */
  wait(clock: Clock, untilAt: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        timer?.cancel()
        this.#isSet = false
        this.#wake = undefined
        resolve()
      }
      const timer = Number.isFinite(untilAt)
        ? clock.after(untilAt - clock.monotonicMs(), finish)
        : undefined
      this.#wake = finish
      if (this.#isSet) finish()
    })
  }
}
