/**
 * Which partition a record without an explicit one goes to. Keyed records: murmur2 of the key
 * bytes, bit for bit as Kafka's Java client, so that all clients agree. Records without a key:
 * one partition is kept until about a batch's worth of bytes went there, then another is drawn
 * (KIP-794), which makes few large batches instead of many small ones.
 */

/** Chooses a partition, 0 <= result < `partitionCount`. */
export type Partitioner = (record: {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly partitionCount: number
}) => number

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** MurmurHash2 (32 bits, little-endian words) with Kafka's seed, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  const wordsEnd = length & ~3
  for (let i = 0; i < wordsEnd; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    word = Math.imul(word, MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ word
  }
  const rest = length - wordsEnd
  if (rest > 2) hash ^= bytes[wordsEnd + 2]! << 16
  if (rest > 1) hash ^= bytes[wordsEnd + 1]! << 8
  if (rest > 0) hash = Math.imul(hash ^ bytes[wordsEnd]!, MULTIPLIER)
  hash ^= hash >>> 13
  hash = Math.imul(hash, MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, as Kafka's default partitioner computes it. */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount
}

/** The partition that keyless records of one topic stick to for now. */
export class StickyPartition {
  readonly #stickyBytes: number
  readonly #random: () => number
  #current = -1
  #bytesLeft = 0

  /** `stickyBytes`: bytes to send to a partition before another one is drawn. */
  constructor(stickyBytes: number, random: () => number) {
    this.#stickyBytes = stickyBytes
    this.#random = random
  }

  /** The partition for a record of about `length` bytes. */
  take(partitionCount: number, length: number): number {
    if (this.#bytesLeft <= 0 || this.#current >= partitionCount) {
      this.#current = this.#draw(partitionCount)
      this.#bytesLeft = this.#stickyBytes
    }
    this.#bytesLeft -= length
    return this.#current
  }

  /** Draws anew at the next record: the current partition has no leader. */
  leave(): void {
    this.#bytesLeft = 0
  }

  /** Any partition but the current one. */
  #draw(partitionCount: number): number {
    if (partitionCount === 1) return 0
    if (this.#current < 0 || this.#current >= partitionCount) {
      return Math.floor(this.#random() * partitionCount)
    }
    const drawn = Math.floor(this.#random() * (partitionCount - 1))
    return drawn >= this.#current ? drawn + 1 : drawn
  }
}
