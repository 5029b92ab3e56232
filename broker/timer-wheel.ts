/**
 * Many deadlines for the price of one timer: a hashed wheel of doubly linked lists.
 *
 *   slot = tick % SLOT_COUNT;  entries further than one round away stay for the next
 *
 * 1. Adding and cancelling are O(1) and allocate nothing but the entry.
 * 2. A deadline is met late by up to one tick, never early.
 * 3. The timer of the house is armed only while there are entries.
 */
import type { Clock, Timer } from "../native/os.ts"

/** Resolution of deadlines. Coarse on purpose: a wake-up costs more than a request. */
export const TICK_MS = 5
const SLOT_COUNT = 1024

/** Something with a deadline. In at most one wheel, at most once. */
export class Deadline {
  /** Runs when the deadline passes. */
  readonly expire: () => void
  /** @internal */ tick = -1
  /** @internal */ before: Deadline | undefined
  /** @internal */ after: Deadline | undefined

  constructor(expire: () => void) {
    this.expire = expire
  }
}

/** Deadlines in order of time, on one timer. */
export class TimerWheel {
  readonly #clock: Clock
  readonly #slots: (Deadline | undefined)[] = new Array(SLOT_COUNT).fill(undefined)
  readonly #startedAt: number
  /** All ticks up to this one have been run. */
  #tick = 0
  #count = 0
  #timer: Timer | undefined
  #armedTick = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = clock.monotonicMs()
  }

  /** Deadlines waiting. */
  get count(): number {
    return this.#count
  }

  /** Calls `deadline.expire` at least `delayMs` from now. */
  add(deadline: Deadline, delayMs: number): void {
    const elapsedMs = this.#clock.monotonicMs() - this.#startedAt
    if (this.#count === 0) this.#tick = Math.floor(elapsedMs / TICK_MS)
    const tick = Math.max(Math.ceil((elapsedMs + delayMs) / TICK_MS), this.#tick + 1)
    deadline.tick = tick
    this.#link(deadline)
    this.#count++
    if (this.#timer === undefined || tick < this.#armedTick) this.#arm(tick, elapsedMs)
  }

  /** Takes a deadline back. Harmless when it has passed. */
  cancel(deadline: Deadline): void {
    if (deadline.tick < 0) return
    this.#unlink(deadline)
    this.#count--
    if (this.#count === 0) this.#disarm()
  }

  /** Forgets all deadlines without running them. */
  close(): void {
    this.#disarm()
    this.#slots.fill(undefined)
    this.#count = 0
  }

  #run(): void {
    this.#timer = undefined
    const last = Math.floor((this.#clock.monotonicMs() - this.#startedAt) / TICK_MS)
    // After a long stall one round visits every slot.
    const first = Math.max(this.#tick + 1, last - SLOT_COUNT + 1)
    this.#tick = Math.max(last, this.#tick)
    for (let tick = first; tick <= last; tick++) this.#expireSlot(tick, last)
    if (this.#count > 0) this.#armNext()
  }

  #expireSlot(tick: number, last: number): void {
    let next: Deadline | undefined
    const due: Deadline[] = []
    for (let at = this.#slots[tick % SLOT_COUNT]; at !== undefined; at = next) {
      next = at.after
      if (at.tick > last) continue
      due.push(at)
    }
    for (const deadline of due) {
      // One that was due may have been cancelled by another's callback.
      if (deadline.tick < 0) continue
      this.#unlink(deadline)
      this.#count--
      deadline.expire()
    }
  }

  #armNext(): void {
    let tick = this.#tick + 1
    const end = this.#tick + SLOT_COUNT
    while (tick < end && this.#slots[tick % SLOT_COUNT] === undefined) tick++
    this.#arm(tick, this.#clock.monotonicMs() - this.#startedAt)
  }

  #arm(tick: number, elapsedMs: number): void {
    this.#disarm()
    this.#armedTick = tick
    this.#timer = this.#clock.after(Math.max(0, tick * TICK_MS - elapsedMs), () => this.#run())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #link(deadline: Deadline): void {
    const slot = deadline.tick % SLOT_COUNT
    const head = this.#slots[slot]
    deadline.before = undefined
    deadline.after = head
    if (head !== undefined) head.before = deadline
    this.#slots[slot] = deadline
  }

  #unlink(deadline: Deadline): void {
    const { before, after } = deadline
    if (before === undefined) this.#slots[deadline.tick % SLOT_COUNT] = after
    else before.after = after
    if (after !== undefined) after.before = before
    deadline.before = deadline.after = undefined
    deadline.tick = -1
  }
}
