/** Picks the house: linux where its addon loads, else portable. */
import type { Os } from "./os.ts"
import { createPortableOs } from "./portable/index.ts"

/** The named house, or the best one there is. */
export function openOs(name?: "linux" | "portable"): Os {
  if (name === "linux") throw new Error(`the linux house is not there: ${osFallbackReason()}`)
  return createPortableOs()
}

/** Why `openOs` without a name gives the portable house; undefined when it does not. */
export function osFallbackReason(): string | undefined {
  return "the native addon is not built"
}
