/**
 * Seeded pseudo-random numbers (sfc32): the same seed gives the same run, on every machine. The
 * one source of chance in the simulated house.
 */
import type { Random } from "../os.ts"

/** Outputs thrown away at first, so that near seeds differ. */
const WARM_UP = 16

/** A stream of random numbers. */
export class Prng implements Random {
  #a: number
  #b: number
  #c = 0x9e3779b9
  #counter = 1

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / 2 ** 32) | 0
    for (let count = 0; count < WARM_UP; count++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  bytes(length: number): Buffer {
    const filled = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; at++) filled[at] = this.uint32() & 255
    return filled
  }

  /** An integer, `from <= n < end`. */
  between(from: number, end: number): number {
    return from + (this.uint32() % Math.max(1, end - from))
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.uint32() % count === 0
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.uint32() % list.length]!
  }
}
