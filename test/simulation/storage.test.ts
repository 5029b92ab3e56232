/** The real storage on the simulated disk. SIM_SEED=N runs one seed only. */
import { simulateStorage } from "../../bench/sim/storage-simulation.ts"
import { forEachSeed, rounds } from "../support/seeds.ts"

const small = { segmentBytes: 6000, indexIntervalBytes: 1, indexMaxBytes: 200 }

describe("simulation: storage", () => {
  it("kills and orderly stops: everything written is there again", () =>
    forEachSeed(12, (seed) => {
      const { counts } = simulateStorage({
        seed,
        steps: 300,
        hasPowerCuts: false,
        hasFaults: false,
      })
      expect(counts.get("append")).toBeGreaterThan(20)
    }))

  it("kills and orderly stops, with segments of a few batches", () =>
    forEachSeed(5, (seed) => {
      const options = { hasPowerCuts: false, hasFaults: false, config: small }
      simulateStorage({ seed: seed + 1000, steps: 300, ...options })
    }))

  it("power cuts: nothing that was acknowledged is lost, nothing reads differently", () =>
    forEachSeed(rounds(15), (seed) => {
      simulateStorage({ seed, steps: 300, hasFaults: false })
    }))

  it("power cuts and failing calls of the disk", () =>
    forEachSeed(rounds(15), (seed) => {
      simulateStorage({ seed, steps: 300 })
    }))
})
