/**
 * Virtual time: a queue of what is to happen, ordered by instant and then by the order in which it
 * was asked for. Nothing happens but when a test lets time pass.
 *
 * `work` is what finishes by itself (I/O, deliveries, the end of a turn); `timer` is what waits for
 * its hour. Being idle means that no work is left.
 */
import assert from "node:assert/strict"
import { setImmediate as afterMicrotasks } from "node:timers/promises"
import type { Clock, Timer } from "../os.ts"

/** 2024-01-01T00:00:00Z: simulated runs begin on this day. */
const STARTS_AT = 1_704_067_200_000
/** More events than this in one call mean that two parts wake each other for ever. */
const MAX_EVENTS = 5_000_000
/** How long, in virtual time, `drive` waits for a promise. */
const DRIVE_LIMIT_MS = 600_000

interface ScheduledEvent {
  readonly dueAt: number
  readonly order: number
  readonly isWork: boolean
  run: (() => void) | undefined
}

/** The clock of a simulated world, and the hand that moves it. */
export class Scheduler implements Clock {
  /** A binary heap by (dueAt, order). */
  readonly #heap: ScheduledEvent[] = []
  #now = 0
  #order = 0
  #workCount = 0

  nowMs(): number {
    return STARTS_AT + Math.floor(this.#now)
  }

  monotonicMs(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): Timer {
    const event = this.#push(delayMs, false, run)
    return { cancel: () => void (event.run = undefined) }
  }

  soon(run: () => void): void {
    this.#push(0, true, run)
  }

  /** Calls `run` when a piece of work is done, `delayMs` from now. */
  finish(delayMs: number, run: () => void): void {
    this.#push(delayMs, true, run)
  }

  /** Forgets everything that was to happen. */
  clear(): void {
    this.#heap.length = 0
    this.#workCount = 0
  }

  /** Runs what is due within the next `ms` and moves the clock there. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let count = 0; this.#heap.length > 0 && this.#heap[0]!.dueAt <= end; count++) {
      assert(count < MAX_EVENTS, "simulation: time does not advance")
      this.#step()
    }
    this.#now = end
  }

  /** Runs until no work is left; timers run as far as work makes time pass. */
  runUntilIdle(): void {
    for (let count = 0; this.#workCount > 0; count++) {
      assert(count < MAX_EVENTS, "simulation: never idle")
      this.#step()
    }
  }

  /** As `advance`, with promises settling between events. */
  async elapse(ms: number): Promise<void> {
    const end = this.#now + ms
    await afterMicrotasks()
    while (this.#heap.length > 0 && this.#heap[0]!.dueAt <= end) {
      this.#step()
      await afterMicrotasks()
    }
    this.#now = end
  }

  /** Lets time pass until `promise` settles; fails when it does not within `limitMs`. */
  async drive<T>(promise: Promise<T>, limitMs = DRIVE_LIMIT_MS): Promise<T> {
    const end = this.#now + limitMs
    let isSettled = false
    const settle = (): void => void (isSettled = true)
    promise.then(settle, settle)
    for (;;) {
      await afterMicrotasks()
      if (isSettled) return promise
      const isHopeful = this.#heap.length > 0 && this.#heap[0]!.dueAt <= end
      assert(isHopeful, "simulation: waits for something that does not happen")
      this.#step()
    }
  }

  #step(): void {
    const event = this.#pop()
    this.#now = Math.max(this.#now, event.dueAt)
    if (event.isWork) this.#workCount--
    event.run?.()
  }

  #push(delayMs: number, isWork: boolean, run: () => void): ScheduledEvent {
    const event = { dueAt: this.#now + Math.max(0, delayMs), order: this.#order++, isWork, run }
    if (isWork) this.#workCount++
    let at = this.#heap.push(event) - 1
    for (let parent: number; at > 0; at = parent) {
      parent = (at - 1) >> 1
      if (!isBefore(event, this.#heap[parent]!)) break
      this.#heap[at] = this.#heap[parent]!
    }
    this.#heap[at] = event
    return event
  }

  #pop(): ScheduledEvent {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.order < other.order)
}
