/** Requests that wait. */

import { MAX_WAITING_KEYS, Purgatory } from "../../broker/purgatory.ts"
import { createSimulatedOs } from "../../native/simulated/index.ts"

function world() {
  const os = createSimulatedOs({ seed: 1 })
  const purgatory = new Purgatory<string>(os.clock)
  const events: string[] = []
  const park = (name: string, keys: string[], isComplete: () => boolean, delayMs = 100) =>
    purgatory.park({
      keys,
      delayMs,
      tryComplete: () => {
        events.push(`test ${name}`)
        return isComplete()
      },
      expire: () => events.push(`expire ${name}`),
    })
  return { os, purgatory, events, park }
}

describe("purgatory", () => {
  it("re-tests a request once per turn, however often it was woken", () => {
    const { purgatory, events, park } = world()
    park("one", ["a", "b"], () => false)
    for (const key of ["a", "a", "b", "a"]) purgatory.wake(key)
    expect(events).toEqual([])
    purgatory.settle()
    expect(events).toEqual(["test one"])
  })

  it("settles by itself when nobody ends a turn", () => {
    const { os, purgatory, events, park } = world()
    park("one", ["a"], () => true)
    purgatory.wake("a")
    os.runUntilIdle()
    expect(events).toEqual(["test one"])
    expect(purgatory.count).toBe(0)
  })

  it("has room for so many keys, and has it again when they leave", () => {
    const { purgatory, park } = world()
    const half = Array.from({ length: MAX_WAITING_KEYS / 2 }, () => "a")
    expect(purgatory.hasRoom(2 * MAX_WAITING_KEYS)).toBe(true) // alone, anything may wait
    const first = park("first", half, () => false)
    expect(purgatory.hasRoom(half.length)).toBe(true)
    park("second", half, () => false)
    expect(purgatory.hasRoom(1)).toBe(false)
    purgatory.cancel(first)
    expect(purgatory.hasRoom(half.length)).toBe(true)
  })

  it("wakes only those parked on the key", () => {
    const { purgatory, events, park } = world()
    park("a", ["a"], () => true)
    park("b", ["b"], () => true)
    purgatory.wake("b")
    purgatory.settle()
    expect(events).toEqual(["test b"])
    expect(purgatory.count).toBe(1)
  })

  it("expires once, and not after it was completed", () => {
    const { os, purgatory, events, park } = world()
    park("completed", ["a"], () => true)
    park("expired", ["a"], () => false)
    purgatory.wake("a")
    purgatory.settle()
    os.advance(200)
    purgatory.wake("a")
    purgatory.settle()
    expect(events).toEqual(["test completed", "test expired", "expire expired"])
    expect(purgatory.count).toBe(0)
  })

  it("forgets a request whose client has gone", () => {
    const { os, purgatory, events, park } = world()
    const ticket = park("gone", ["a"], () => true)
    purgatory.wake("a")
    purgatory.cancel(ticket)
    purgatory.settle()
    os.advance(200)
    expect(events).toEqual([])
    expect(purgatory.count).toBe(0)
  })

  it("lets everybody answer when the broker closes", () => {
    const { purgatory, events, park } = world()
    park("one", ["a", "b"], () => false)
    park("two", ["b"], () => false)
    purgatory.expireAll()
    expect(events).toEqual(["expire one", "expire two"])
    expect(purgatory.count).toBe(0)
  })

  it("takes a wake-up that comes out of a completion", () => {
    const { purgatory, events, park } = world()
    park("second", ["b"], () => true)
    park("first", ["a"], () => {
      purgatory.wake("b")
      return true
    })
    purgatory.wake("a")
    purgatory.settle()
    expect(events).toEqual(["test first", "test second"])
  })
})
