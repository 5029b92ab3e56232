/** Which calls of the simulated house fail, and how long syncs take. */
import type { Prng } from "./prng.ts"

/** Calls that can be made to fail. */
export type FaultyCall =
  | "open"
  | "read"
  | "write"
  | "truncate"
  | "sync"
  | "syncNow"
  | "syncDirectory"
  | "rename"
  | "unlink"
  | "makeDirectory"
  | "map"

/** How a simulated world misbehaves by itself. */
export interface FaultPlan {
  /** Every how many-th of the calls fails; 0: none. */
  everyNth: number
  /** Which calls are counted and may fail. */
  calls: readonly FaultyCall[]
  /** What a failing call gives, picked by the seed: positive errno numbers. */
  errnos: readonly number[]
  /** Shortest and longest sync, in ms. */
  syncMs: readonly [number, number]
  /** Shortest and longest way of bytes through the network, in ms. */
  networkMs: readonly [number, number]
}

/** Nothing fails; syncs take a little. */
export const noFaults: FaultPlan = {
  everyNth: 0,
  calls: ["write", "sync"],
  errnos: [5],
  syncMs: [0.1, 5],
  networkMs: [0, 1],
}

/** Decides, call by call. */
export class Faults {
  plan: FaultPlan
  readonly #chance: Prng
  readonly #ordered = new Map<FaultyCall, number[]>()
  #count = 0

  constructor(plan: FaultPlan, chance: Prng) {
    this.plan = plan
    this.#chance = chance
  }

  /** The next `times` calls of this name fail with `errno` (positive). */
  failNext(call: FaultyCall, errno: number, times = 1): void {
    const ordered = this.#ordered.get(call) ?? []
    this.#ordered.set(call, [...ordered, ...Array<number>(times).fill(errno)])
  }

  /** Forgets what `failNext` ordered. */
  clear(): void {
    this.#ordered.clear()
  }

  /** -errno when this call is to fail, else zero. */
  next(call: FaultyCall): number {
    const ordered = this.#ordered.get(call)?.shift()
    if (ordered !== undefined) return -ordered
    const { everyNth, calls, errnos } = this.plan
    if (everyNth === 0 || !calls.includes(call) || ++this.#count % everyNth !== 0) return 0
    return -this.#chance.pick(errnos)
  }

  syncMs(): number {
    return this.#drawn(this.plan.syncMs)
  }

  networkMs(): number {
    return this.#drawn(this.plan.networkMs)
  }

  #drawn([shortest, longest]: readonly [number, number]): number {
    return shortest + ((longest - shortest) * this.#chance.uint32()) / 2 ** 32
  }
}
