/** Clock, timers and randomness, the same in every house. */
import { forEachHouse, type World } from "./house.ts"

forEachHouse("clock and randomness", (open) => {
  let world: World

  beforeEach(() => {
    world = open()
  })

  it("soon: after the call, in the order of asking", async () => {
    const seen: number[] = []
    for (const number of [1, 2, 3]) world.os.clock.soon(() => seen.push(number))
    expect(seen).toEqual([])
    await world.until(() => seen.length === 3)
    expect(seen).toEqual([1, 2, 3])
  })

  it("after: not before its time, and in order", async () => {
    const { clock } = world.os
    const startedAt = clock.monotonicMs()
    const seen: [number, number][] = []
    for (const delayMs of [30, 10, 20, 0]) {
      clock.after(delayMs, () => seen.push([delayMs, clock.monotonicMs() - startedAt]))
    }
    expect(seen).toEqual([])
    await world.until(() => seen.length === 4)
    expect(seen.map(([delayMs]) => delayMs)).toEqual([0, 10, 20, 30])
    for (const [delayMs, passedMs] of seen) expect(passedMs).toBeGreaterThanOrEqual(delayMs)
  })

  it("cancel: the callback does not run; again, and after it has run, is harmless", async () => {
    const { clock } = world.os
    const seen: string[] = []
    const cancelled = clock.after(1, () => seen.push("cancelled"))
    cancelled.cancel()
    cancelled.cancel()
    const kept = clock.after(10, () => seen.push("kept"))
    await world.until(() => seen.length > 0)
    kept.cancel()
    expect(seen).toEqual(["kept"])
  })

  it("a delay of a hundred days does not end at once", async () => {
    let hasRun = false
    const timer = world.os.clock.after(100 * 86_400_000, () => void (hasRun = true))
    await world.elapse(20)
    expect(hasRun).toBe(false)
    timer.cancel()
  })

  it("nowMs is an integer of this age; monotonicMs does not go back", () => {
    const { clock } = world.os
    expect(Number.isInteger(clock.nowMs())).toBe(true)
    expect(clock.nowMs()).toBeGreaterThan(Date.UTC(2023))
    expect(clock.monotonicMs()).toBeLessThanOrEqual(clock.monotonicMs())
  })

  it("random: words of 32 bits and bytes, not twice the same", () => {
    const { random } = world.os
    const words = Array.from({ length: 5000 }, () => random.uint32())
    expect(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true)
    expect(new Set(words).size).toBeGreaterThan(4990)
    expect(Math.max(...words)).toBeGreaterThan(2 ** 31)
    expect(random.bytes(16).length).toBe(16)
    expect(random.bytes(16).equals(random.bytes(16))).toBe(false)
  })
})
