/** The real storage on the simulated disk. SIM_SEED=N runs one seed only. */
import { simulateStorage } from "../../bench/sim/storage-simulation.ts"
import { forEachSeed } from "../support/seeds.ts"

describe("simulation: storage", () => {
  it("loses nothing it acknowledged, whatever happens to the disk", () =>
    forEachSeed(20, (seed) => {
      const { counts } = simulateStorage({ seed, steps: 400 })
      expect(counts.get("append")).toBeGreaterThan(20)
    }))

  it("with segments of a few batches and an index entry for each", () =>
    forEachSeed(10, (seed) => {
      const config = { segmentBytes: 6000, indexIntervalBytes: 1, indexMaxBytes: 200 }
      simulateStorage({ seed: seed + 1000, steps: 300, config })
    }))
})
