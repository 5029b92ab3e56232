/**
 * Hands out producer ids, each once in the life of the cluster. Whole blocks are reserved in the
 * metadata log, so that one sync serves many producers; what is left of a block at a crash is lost.
 */

/** Ids reserved at a time: Kafka's figure. */
export const PRODUCER_ID_BLOCK_SIZE = 1000

/** The part of the catalog that remembers which ids were given out. */
export interface ProducerIdStore {
  /** Reserves `count` ids durably. */
  reserveProducerIds(
    count: number,
  ): Promise<{ ok: true; first: number } | { ok: false; message: string }>
}

/** A new id, or why there is none. */
export type NextProducerId =
  | { readonly ok: true; readonly producerId: number }
  | { readonly ok: false; readonly reason: "storage-failure"; readonly message: string }

/** The source of producer ids. */
export class ProducerIds {
  readonly #store: ProducerIdStore
  #next = 0
  #end = 0
  /** The reservation under way, which all who wait share. */
  #reserving: Promise<{ ok: true } | { ok: false; message: string }> | undefined

  constructor(store: ProducerIdStore) {
    this.#store = store
  }

  /** An id nobody has had. At once while the block lasts. */
  next(): NextProducerId | Promise<NextProducerId> {
    if (this.#next < this.#end) return { ok: true, producerId: this.#next++ }
    return this.#nextFromNewBlock()
  }

  async #nextFromNewBlock(): Promise<NextProducerId> {
    // More may wait than a block has ids, so another block may have to follow.
    while (this.#next >= this.#end) {
      this.#reserving ??= this.#reserve()
      const reserved = await this.#reserving
      if (!reserved.ok) return { ...reserved, reason: "storage-failure" }
    }
    return { ok: true, producerId: this.#next++ }
  }

  async #reserve(): Promise<{ ok: true } | { ok: false; message: string }> {
    const reserved = await this.#store.reserveProducerIds(PRODUCER_ID_BLOCK_SIZE)
    this.#reserving = undefined
    if (!reserved.ok) return reserved
    this.#next = reserved.first
    this.#end = reserved.first + PRODUCER_ID_BLOCK_SIZE
    return { ok: true }
  }
}
