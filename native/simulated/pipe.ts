/**
 * One direction of a simulated connection: bytes in order, each delivery late by the seed and cut
 * where the seed says, so that no receiver can rely on how bytes were grouped.
 */
import type { Faults } from "./faults.ts"
import type { Life } from "./life.ts"
import type { Prng } from "./prng.ts"

/** The virtual world a connection lives in. */
export interface NetworkWorld {
  readonly life: Life
  readonly faults: Faults
  readonly chance: Prng
}

/** Nothing longer arrives at once. */
const LONGEST_ARRIVAL_BYTES = 65_536

interface Packet {
  bytes: Buffer
  readonly taken: (() => void) | undefined
}

/** Bytes on their way. */
export class Pipe {
  readonly #world: NetworkWorld
  readonly #deliver: (bytes: Buffer) => void
  #packets: Packet[] = []
  #queuedBytes = 0
  #isStalled = false
  #isOnTheWay = false
  #isBroken = false
  #whenEmpty: (() => void) | undefined

  constructor(world: NetworkWorld, deliver: (bytes: Buffer) => void) {
    this.#world = world
    this.#deliver = deliver
  }

  /** Bytes that have not been delivered. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  push(bytes: Buffer, taken?: () => void): void {
    if (this.#isBroken) return
    this.#packets.push({ bytes, taken })
    this.#queuedBytes += bytes.length
    this.#carry()
  }

  /** Runs `then` behind everything that was pushed. */
  end(then: () => void): void {
    this.#whenEmpty = then
    this.#carry()
  }

  setStalled(isStalled: boolean): void {
    this.#isStalled = isStalled
    this.#carry()
  }

  /** Nothing is delivered any more. */
  break(): void {
    this.#isBroken = true
    this.#packets = []
    this.#queuedBytes = 0
  }

  #carry(): void {
    if (this.#isOnTheWay || this.#isStalled || this.#isBroken) return
    if (this.#packets.length === 0 && !this.#whenEmpty) return
    this.#isOnTheWay = true
    this.#world.life.finish(this.#world.faults.networkMs(), () => {
      this.#isOnTheWay = false
      this.#arrive()
      this.#carry()
    })
  }

  #arrive(): void {
    if (this.#isStalled || this.#isBroken) return
    const packet = this.#packets[0]
    if (!packet) {
      const then = this.#whenEmpty
      this.#whenEmpty = undefined
      then?.()
      return
    }
    const { chance } = this.#world
    const { length } = packet.bytes
    const largest = Math.min(length, LONGEST_ARRIVAL_BYTES)
    const count = largest > 1 && chance.oneIn(3) ? chance.between(1, largest) : largest
    const arrived = packet.bytes.subarray(0, count)
    packet.bytes = packet.bytes.subarray(count)
    this.#queuedBytes -= count
    if (count === length) this.#packets.shift()
    this.#deliver(arrived)
    if (count === length) packet.taken?.()
  }
}
