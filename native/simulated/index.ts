/** Makes simulated worlds. */
import { SimulatedDisk } from "./disk.ts"
import { type FaultPlan, Faults, noFaults } from "./faults.ts"
import { Prng } from "./prng.ts"
import { Scheduler } from "./scheduler.ts"
import { SimulatedOs } from "./simulated-os.ts"

/** A new world with an empty disk; the same seed and the same calls give the same run. */
export function createSimulatedOs(options: {
  seed: number
  faults?: Partial<FaultPlan>
}): SimulatedOs {
  const chance = new Prng(options.seed)
  return new SimulatedOs({
    seed: options.seed,
    chance,
    scheduler: new Scheduler(),
    disk: new SimulatedDisk(chance),
    faults: new Faults({ ...noFaults, ...options.faults }, chance),
  })
}

export type { FaultPlan, Faults, FaultyCall } from "./faults.ts"
export type { Peer } from "./peer.ts"
export { Prng } from "./prng.ts"
export { SimulatedOs } from "./simulated-os.ts"
