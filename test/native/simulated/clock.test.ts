/** Virtual time: order, idleness, promises. */
import { createSimulatedOs } from "../../../native/simulated/index.ts"

describe("simulated clock", () => {
  it("runs what is due in order of instant, then of asking", () => {
    const os = createSimulatedOs({ seed: 1 })
    const seen: string[] = []
    os.clock.after(20, () => seen.push("20"))
    os.clock.after(10, () => seen.push("10 first"))
    os.clock.after(10, () => seen.push("10 second"))
    os.clock.soon(() => seen.push("soon"))
    os.clock.after(30, () => seen.push("30"))
    os.advance(20)
    expect(seen).toEqual(["soon", "10 first", "10 second", "20"])
    expect(os.clock.monotonicMs()).toBe(20)
  })

  it("a cancelled timer does not run", () => {
    const os = createSimulatedOs({ seed: 1 })
    let count = 0
    os.clock.after(5, () => count++).cancel()
    os.advance(100)
    expect(count).toBe(0)
  })

  it("until idle: finishes work and leaves timers to their hour", () => {
    const os = createSimulatedOs({ seed: 1 })
    const seen: string[] = []
    os.clock.after(10_000, () => seen.push("timer"))
    os.clock.soon(() => os.clock.soon(() => seen.push("work")))
    os.runUntilIdle()
    expect(seen).toEqual(["work"])
    expect(os.clock.monotonicMs()).toBe(0)
  })

  it("drive: lets time pass until a promise settles", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const wait = (ms: number): Promise<void> => new Promise((done) => void os.clock.after(ms, done))
    const twice = async (): Promise<number> => {
      await wait(1000)
      await wait(500)
      return os.clock.monotonicMs()
    }
    expect(await os.drive(twice())).toBe(1500)
  })

  it("drive: fails when the promise can not settle", async () => {
    const os = createSimulatedOs({ seed: 1 })
    await expect(os.drive(new Promise(() => {}))).rejects.toThrow("does not happen")
  })

  it("a thousand timers run sorted", () => {
    const os = createSimulatedOs({ seed: 9 })
    const seen: number[] = []
    for (let count = 0; count < 1000; count++) {
      os.clock.after(os.chance.between(0, 500), () => seen.push(os.clock.monotonicMs()))
    }
    os.advance(500)
    expect(seen).toEqual([...seen].sort((one, other) => one - other))
    expect(seen.length).toBe(1000)
  })
})
