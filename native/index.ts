/** Picks the house: Linux where its addon loads, the portable one everywhere else. */
import { openLinuxOs } from "./linux/index.ts"
import type { Os } from "./os.ts"
import { createPortableOs } from "./portable/index.ts"

let fallbackReason: string | undefined

/**
 * Opens the named house, or without a name the best this machine has. Asking for "linux" where it
 * cannot be had is an error with the reason: whoever asks by name does not want another.
 */
export function openOs(name?: "linux" | "portable"): Os {
  if (name === "portable") return createPortableOs()
  const linux = openLinuxOs()
  if (linux.ok) return linux.os
  if (name === "linux") throw new Error(`the linux house is not available: ${linux.reason}`)
  fallbackReason = linux.reason
  return createPortableOs()
}

/** Why `openOs()` fell back to the portable house; undefined when it did not. */
export function osFallbackReason(): string | undefined {
  return fallbackReason
}
