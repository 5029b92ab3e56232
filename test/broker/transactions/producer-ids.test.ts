/** Producer ids: each once, one reservation for many. */
import { PRODUCER_ID_BLOCK_SIZE, ProducerIds } from "../../../broker/transactions/producer-ids.ts"

/** A store that counts its reservations and may fail. */
function createStore() {
  const store = {
    next: 5000,
    reservations: 0,
    isFailing: false,
    reserveProducerIds(count: number) {
      store.reservations++
      if (store.isFailing)
        return Promise.resolve({ ok: false as const, message: "the disk is gone" })
      const first = store.next
      store.next += count
      return Promise.resolve({ ok: true as const, first })
    },
  }
  return store
}

async function idOf(ids: ProducerIds): Promise<number> {
  const next = await ids.next()
  if (!next.ok) throw new Error(next.message)
  return next.producerId
}

describe("producer ids", () => {
  it("are each given once, in order, from blocks", async () => {
    const store = createStore()
    const ids = new ProducerIds(store)
    const given: number[] = []
    for (let index = 0; index < 2 * PRODUCER_ID_BLOCK_SIZE + 1; index++) given.push(await idOf(ids))
    expect(given).toEqual(given.map((_, index) => 5000 + index))
    expect(store.reservations).toBe(3)
  })

  it("within a block are given at once", async () => {
    const ids = new ProducerIds(createStore())
    await ids.next()
    expect(ids.next()).toEqual({ ok: true, producerId: 5001 })
  })

  it("asked for by many at the same time share reservations and are all different", async () => {
    const store = createStore()
    const ids = new ProducerIds(store)
    const count = 2 * PRODUCER_ID_BLOCK_SIZE + 10
    const given = await Promise.all(Array.from({ length: count }, () => idOf(ids)))
    expect(new Set(given).size).toBe(count)
    expect(store.reservations).toBe(3)
  })

  it("are refused while they cannot be reserved, and given again afterwards", async () => {
    const store = createStore()
    const ids = new ProducerIds(store)
    store.isFailing = true
    const refused = await Promise.all([ids.next(), ids.next()])
    const expected = { ok: false, reason: "storage-failure", message: "the disk is gone" }
    expect(refused).toEqual([expected, expected])
    expect(store.reservations).toBe(1)
    store.isFailing = false
    expect(await idOf(ids)).toBe(5000)
  })
})
