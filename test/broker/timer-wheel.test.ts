/** Many deadlines on one timer. */

import { Deadline, TICK_MS, TimerWheel } from "../../broker/timer-wheel.ts"
import { createSimulatedOs } from "../../native/simulated/index.ts"

function world() {
  const os = createSimulatedOs({ seed: 1 })
  const wheel = new TimerWheel(os.clock)
  const expired: string[] = []
  const add = (name: string, delayMs: number) => {
    const deadline = new Deadline(() => expired.push(name))
    wheel.add(deadline, delayMs)
    return deadline
  }
  return { os, wheel, expired, add }
}

describe("timer wheel", () => {
  it("expires in order of time, never early and at most one tick late", () => {
    const { os, expired, add } = world()
    add("late", 500)
    add("early", 20)
    add("now", 0)
    os.advance(19)
    expect(expired).toEqual(["now"])
    os.advance(1 + TICK_MS)
    expect(expired).toEqual(["now", "early"])
    os.advance(474)
    expect(expired).toEqual(["now", "early"])
    os.advance(TICK_MS + 1)
    expect(expired).toEqual(["now", "early", "late"])
  })

  it("keeps deadlines further away than one round of the wheel", () => {
    const { os, expired, add } = world()
    add("a minute", 60_000)
    add("soon", 100)
    os.advance(59_999)
    expect(expired).toEqual(["soon"])
    os.advance(1 + TICK_MS)
    expect(expired).toEqual(["soon", "a minute"])
  })

  it("does not run what has been cancelled, also by another deadline of the same tick", () => {
    const { os, wheel, expired, add } = world()
    const cancelled = add("cancelled", 10)
    wheel.cancel(cancelled)
    const victims: Deadline[] = []
    const killer = new Deadline(() => {
      for (const victim of victims) wheel.cancel(victim)
    })
    wheel.add(killer, 30)
    victims.push(add("victim of the same tick", 30))
    // Whichever of the two comes first in its slot, at most one of them runs.
    os.advance(100)
    expect(expired).not.toContain("cancelled")
    expect(wheel.count).toBe(0)
  })

  it("may be given a deadline again from within its own expiry", () => {
    const { os, wheel } = world()
    let count = 0
    const again: Deadline = new Deadline(() => {
      if (++count < 5) wheel.add(again, 10)
    })
    wheel.add(again, 10)
    os.advance(200)
    expect(count).toBe(5)
    expect(wheel.count).toBe(0)
  })

  it("catches up after a stall of many rounds", () => {
    const { os, expired, add } = world()
    for (let index = 0; index < 3000; index++) add(String(index), index * 7)
    os.advance(30_000)
    expect(expired).toHaveLength(3000)
  })
})
