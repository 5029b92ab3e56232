/** Which ranges count as just written. */
import { RecentTails } from "../../../native/linux/residency.ts"

const MIB = 1 << 20

describe("recent tails", () => {
  it("nothing written: nothing is recent", () => {
    const tails = new RecentTails()
    expect(tails.holds(5, 0, 1)).toBe(false)
    tails.wrote(9, 0, 10)
    expect(tails.holds(5, 0, 1)).toBe(false)
  })

  it("appends behind one another make one tail", () => {
    const tails = new RecentTails()
    tails.wrote(5, 1000, 100)
    tails.wrote(5, 1100, 50)
    expect(tails.holds(5, 1000, 150)).toBe(true)
    expect(tails.holds(5, 999, 10)).toBe(false)
    expect(tails.holds(5, 1000, 151)).toBe(false)
  })

  it("a write elsewhere starts a new tail", () => {
    const tails = new RecentTails()
    tails.wrote(5, 0, 100)
    tails.wrote(5, 500, 100)
    expect(tails.holds(5, 0, 100)).toBe(false)
    expect(tails.holds(5, 500, 100)).toBe(true)
  })

  it("a long run keeps its end only", () => {
    const tails = new RecentTails()
    for (let at = 0; at < 100; at++) tails.wrote(5, at * MIB, MIB)
    expect(tails.holds(5, 99 * MIB, MIB)).toBe(true)
    expect(tails.holds(5, 10 * MIB, MIB)).toBe(false)
  })

  it("a descriptor that is used again knows nothing of its former file", () => {
    const tails = new RecentTails()
    tails.wrote(5, 0, 100)
    tails.forget(5)
    expect(tails.holds(5, 0, 100)).toBe(false)
    tails.forget(1000)
  })
})
