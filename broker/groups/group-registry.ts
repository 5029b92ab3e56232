/**
 * All groups of a coordinator with their timers; runs events and carries their effects out.
 *
 * 1. Effects of one event are carried out, in order, before the next event of any group begins:
 *    what arises meanwhile (an image stored at once, a waiter that asks again) waits its turn.
 * 2. A group that was only asked about leaves nothing behind: one without members, generations and
 *    committed offsets is dropped after its event.
 */
import type { Clock } from "../../native/os.ts"
import type { ErrorCode } from "../../protocol/errors.ts"
import { Deadline, TimerWheel } from "../timer-wheel.ts"
import { ClassicGroup, type GroupLimits } from "./classic-group.ts"
import { staticMemberStored } from "./classic-join.ts"
import { bury, joinPhaseEnded } from "./classic-rebalance.ts"
import { sessionEnded } from "./classic-session.ts"
import { assignmentStored, syncPhaseEnded } from "./classic-sync.ts"
import { type Effect, type GroupImage, type StoredEvent, type TimerName, Turn } from "./effects.ts"

/** What the registry needs of its surroundings. */
export interface GroupRegistryOptions {
  readonly clock: Clock
  readonly limits: GroupLimits
  /** Says what happens to a group. */
  note(groupId: string, text: string): void
  /** Writes a group's image; `done` gets NONE when it is safe. */
  store(groupId: string, image: GroupImage, done: (errorCode: ErrorCode) => void): void
  /** Whether something is known of this group besides its members. */
  isRemembered(groupId: string): boolean
}

interface Entry {
  readonly group: ClassicGroup
  readonly deadlines: Map<TimerName, Deadline>
}

/** The groups of one coordinator. */
export class GroupRegistry {
  readonly #options: GroupRegistryOptions
  readonly #wheel: TimerWheel
  readonly #entries = new Map<string, Entry>()
  #isBusy = false
  readonly #postponed: (() => void)[] = []

  constructor(options: GroupRegistryOptions) {
    this.#options = options
    this.#wheel = new TimerWheel(options.clock)
  }

  get count(): number {
    return this.#entries.size
  }

  find(groupId: string): ClassicGroup | undefined {
    return this.#entries.get(groupId)?.group
  }

  *all(): Generator<ClassicGroup> {
    for (const { group } of this.#entries.values()) yield group
  }

  /** The group of this id, made when there is none. */
  ensure(groupId: string): ClassicGroup {
    const nowMs = this.#options.clock.nowMs()
    return this.find(groupId) ?? this.#add(new ClassicGroup(groupId, this.#options.limits, nowMs))
  }

  /** Puts a group back as it was stored, in place of what is known of it. */
  restore(groupId: string, image: GroupImage): void {
    this.#add(ClassicGroup.restore(groupId, this.#options.limits, image))
  }

  /** Removes a group; whoever waits in it gets this error. */
  forget(groupId: string, errorCode: ErrorCode): void {
    const entry = this.#entries.get(groupId)
    if (!entry) return
    this.event(entry.group, (turn) => bury(entry.group, turn, errorCode))
    this.#entries.delete(groupId)
  }

  /** Lets something happen to a group, and carries out what follows from it. */
  event<T>(group: ClassicGroup, run: (turn: Turn) => T): T {
    const turn = new Turn(this.#options.clock.nowMs())
    const result = run(turn)
    if (this.#isBusy) this.#postponed.push(() => this.#carryOut(group, turn.effects))
    else this.#drain(() => this.#carryOut(group, turn.effects))
    return result
  }

  /** Removes all groups and timers; whoever waits gets this error. */
  close(errorCode: ErrorCode): void {
    for (const group of [...this.all()]) this.forget(group.id, errorCode)
    this.#wheel.close()
  }

  #add(group: ClassicGroup): ClassicGroup {
    this.#entries.set(group.id, { group, deadlines: new Map() })
    return group
  }

  #drain(first: () => void): void {
    this.#isBusy = true
    first()
    for (let next = this.#postponed.shift(); next; next = this.#postponed.shift()) next()
    this.#isBusy = false
  }

  #carryOut(group: ClassicGroup, effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(group, effect)
    const isNothing = group.isVacant && group.generationId === 0
    if (isNothing && !this.#options.isRemembered(group.id)) this.#drop(group)
  }

  #perform(group: ClassicGroup, effect: Effect): void {
    switch (effect.kind) {
      case "answer-join":
        effect.waiter(effect.answer)
        return
      case "answer-sync":
        effect.waiter(effect.answer)
        return
      case "set-timer":
        this.#setTimer(group, effect.timer, effect.delayMs)
        return
      case "cancel-timer":
        this.#cancelTimer(group, effect.timer)
        return
      case "store":
        this.#store(group, effect.image, effect.then)
        return
      case "note":
        this.#options.note(group.id, effect.text)
        return
    }
  }

  #store(group: ClassicGroup, image: GroupImage, then: StoredEvent | undefined): void {
    this.#options.store(group.id, image, (errorCode) => {
      if (!then) return
      this.event(group, (turn) => {
        if (then.kind === "assignment") assignmentStored(group, turn, then, errorCode)
        else staticMemberStored(group, turn, then, errorCode)
      })
    })
  }

  #setTimer(group: ClassicGroup, timer: TimerName, delayMs: number): void {
    const entry = this.#entries.get(group.id)
    if (entry?.group !== group) return
    let deadline = entry.deadlines.get(timer)
    if (deadline) this.#wheel.cancel(deadline)
    deadline ??= new Deadline(() => this.#fire(entry, timer))
    entry.deadlines.set(timer, deadline)
    this.#wheel.add(deadline, delayMs)
  }

  #cancelTimer(group: ClassicGroup, timer: TimerName): void {
    const entry = this.#entries.get(group.id)
    const deadline = entry?.group === group ? entry.deadlines.get(timer) : undefined
    if (!entry || !deadline) return
    this.#wheel.cancel(deadline)
    entry.deadlines.delete(timer)
  }

  #fire(entry: Entry, timer: TimerName): void {
    const { group, deadlines } = entry
    deadlines.delete(timer)
    this.event(group, (turn) => {
      if (timer === "join") joinPhaseEnded(group, turn)
      else if (timer === "sync") syncPhaseEnded(group, turn)
      else sessionEnded(group, turn, timer.slice("session:".length))
    })
  }

  #drop(group: ClassicGroup): void {
    const entry = this.#entries.get(group.id)
    if (entry?.group !== group) return
    for (const deadline of entry.deadlines.values()) this.#wheel.cancel(deadline)
    this.#entries.delete(group.id)
  }
}
