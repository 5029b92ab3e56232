/**
 * Seeds of randomised tests: a fixed list, or the one of SIM_SEED, to replay a failure. The seed
 * is in the name of the failed test.
 */

/** The seeds to run: `count` fixed ones, or only the one asked for. */
export function seeds(count: number): number[] {
  const asked = process.env.SIM_SEED
  if (asked !== undefined && asked !== "") return [Number(asked)]
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** How often something random is tried: `count` times, or SIM_ROUNDS times as often. */
export function rounds(count: number): number {
  return count * Math.max(1, Number(process.env.SIM_ROUNDS ?? 1))
}

/** Runs `body` for each seed; a failure names the seed that replays it. */
export async function forEachSeed(
  count: number,
  body: (seed: number) => void | Promise<void>,
): Promise<void> {
  for (const seed of seeds(count)) {
    try {
      await body(seed)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`SIM_SEED=${seed}: ${message}`, { cause: error })
    }
  }
}
