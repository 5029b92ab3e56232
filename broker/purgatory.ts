/**
 * Requests that wait for a condition on one or more keys, or for a deadline.
 *
 * 1. `wake(key)` only marks: those waiting are re-tested once, at the end of the turn, however many
 *    times and through however many keys they were woken.
 * 2. A request leaves exactly once: completed, expired or cancelled.
 * 3. Entries hold no bytes of a frame: the parked request copies what it needs.
 * 4. What waits is bounded by keys, not by requests: one may name a hundred thousand. Whoever finds
 *    no room answers at once.
 */
import type { Clock } from "../native/os.ts"
import { Deadline, TimerWheel } from "./timer-wheel.ts"

/** Keys that all waiting requests together may name; a request alone may name any number. */
export const MAX_WAITING_KEYS = 1_000_000

/** Something that waits. */
export interface Parked<Key> {
  readonly keys: readonly Key[]
  readonly delayMs: number
  /** Re-tests the condition; true when the request has been answered. */
  tryComplete(): boolean
  /** The deadline has passed: answers with what there is. */
  expire(): void
}

/** Handle of a parked request. */
export class Ticket<Key> {
  readonly parked: Parked<Key>
  /** @internal */ readonly deadline: Deadline
  /** @internal */ isWaiting = true
  /** @internal */ isWoken = false

  constructor(parked: Parked<Key>, onExpire: (ticket: Ticket<Key>) => void) {
    this.parked = parked
    this.deadline = new Deadline(() => onExpire(this))
  }
}

/** Waiting requests by key. */
export class Purgatory<Key> {
  readonly #clock: Clock
  readonly #wheel: TimerWheel
  readonly #waiting = new Map<Key, Set<Ticket<Key>>>()
  #woken: Ticket<Key>[] = []
  #count = 0
  #keyCount = 0

  constructor(clock: Clock, wheel: TimerWheel = new TimerWheel(clock)) {
    this.#clock = clock
    this.#wheel = wheel
  }

  /** Requests waiting. */
  get count(): number {
    return this.#count
  }

  /** Whether a request that names this many keys may be parked. */
  hasRoom(keyCount: number): boolean {
    return this.#count === 0 || this.#keyCount + keyCount <= MAX_WAITING_KEYS
  }

  /** Parks a request whose condition has just been tested and found wanting. */
  park(parked: Parked<Key>): Ticket<Key> {
    const ticket = new Ticket(parked, (expired) => {
      if (this.#leave(expired)) parked.expire()
    })
    for (const key of parked.keys) {
      const waiting = this.#waiting.get(key)
      if (waiting === undefined) this.#waiting.set(key, new Set([ticket]))
      else waiting.add(ticket)
    }
    this.#wheel.add(ticket.deadline, parked.delayMs)
    this.#count++
    this.#keyCount += parked.keys.length
    return ticket
  }

  /** Something about `key` changed: those waiting for it are re-tested when the turn ends. */
  wake(key: Key): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    for (const ticket of waiting) this.#markWoken(ticket)
  }

  /** As `wake`, for one request. */
  wakeTicket(ticket: Ticket<Key>): void {
    if (ticket.isWaiting) this.#markWoken(ticket)
  }

  /** Re-tests all that were woken. Called at the end of a turn; otherwise it happens soon. */
  settle(): void {
    while (this.#woken.length > 0) {
      const woken = this.#woken
      this.#woken = []
      for (const ticket of woken) {
        ticket.isWoken = false
        if (ticket.isWaiting && ticket.parked.tryComplete()) this.#leave(ticket)
      }
    }
  }

  /** The request waits no more and is not answered from here. Harmless when it has left. */
  cancel(ticket: Ticket<Key>): void {
    this.#leave(ticket)
  }

  /** Lets every request answer now, as if its deadline had passed. */
  expireAll(): void {
    const tickets = new Set<Ticket<Key>>()
    for (const waiting of this.#waiting.values()) for (const ticket of waiting) tickets.add(ticket)
    for (const ticket of tickets) if (this.#leave(ticket)) ticket.parked.expire()
  }

  #markWoken(ticket: Ticket<Key>): void {
    if (ticket.isWoken) return
    ticket.isWoken = true
    if (this.#woken.push(ticket) === 1) this.#clock.soon(() => this.settle())
  }

  #leave(ticket: Ticket<Key>): boolean {
    if (!ticket.isWaiting) return false
    ticket.isWaiting = false
    this.#count--
    this.#keyCount -= ticket.parked.keys.length
    this.#wheel.cancel(ticket.deadline)
    for (const key of ticket.parked.keys) {
      const waiting = this.#waiting.get(key)
      waiting?.delete(ticket)
      if (waiting?.size === 0) this.#waiting.delete(key)
    }
    return true
  }
}
