/**
 * The clock of one life of the simulated process. Code of an ended life may still hold it (a
 * promise settles late), but nothing it asks for happens.
 */
import type { Clock, Timer } from "../os.ts"
import type { Scheduler } from "./scheduler.ts"

const nothing: Timer = { cancel() {} }

/** Between a start and a crash. */
export class Life implements Clock {
  readonly #scheduler: Scheduler
  #isOver = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  nowMs(): number {
    return this.#scheduler.nowMs()
  }

  monotonicMs(): number {
    return this.#scheduler.monotonicMs()
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#isOver ? nothing : this.#scheduler.after(delayMs, run)
  }

  soon(run: () => void): void {
    if (!this.#isOver) this.#scheduler.soon(run)
  }

  /** Calls `run` when a piece of work is done, `delayMs` from now. */
  finish(delayMs: number, run: () => void): void {
    if (!this.#isOver) this.#scheduler.finish(delayMs, run)
  }

  /** The process ends: what it waits for does not come. */
  end(): void {
    this.#isOver = true
    this.#scheduler.clear()
  }
}
