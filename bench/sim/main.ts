/**
 * `npm run sim -- --seed N [--steps N] [--runs N] [--trace]`: the storage simulation outside of
 * jest. Without a seed it takes one from the clock; the first line names it, to be replayed.
 */
import { execFileSync } from "node:child_process"
import { parseArgs } from "node:util"
import { simulateStorage } from "./storage-simulation.ts"

const DEFAULT_STEPS = 5000

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string", default: String(DEFAULT_STEPS) },
    runs: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
  },
})

const firstSeed = Number(values.seed ?? Date.now() % 2 ** 32)
const steps = Number(values.steps)

for (let seed = firstSeed; seed < firstSeed + Number(values.runs); seed++) {
  console.log(`seed ${seed}, ${steps} steps, commit ${commit()}`)
  const trace = (step: number, name: string): void => console.log(`${step} ${name}`)
  try {
    const report = simulateStorage({ seed, steps, ...(values.trace ? { trace } : {}) })
    const counts = [...report.counts].map(([name, count]) => `${name} ${count}`)
    console.log(`ok: ${counts.join(", ")}`)
  } catch (error) {
    console.error(
      `seed ${seed} failed; replay with: npm run sim -- --seed ${seed} --steps ${steps}`,
    )
    throw error
  }
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim()
  } catch {
    return "unknown"
  }
}
