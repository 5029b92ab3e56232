/**
 * Loads a native codec at its first use. Loading all three at start costs 30 ms and 18 MB, and most
 * brokers never run one: records stay compressed as they came.
 */
import { createRequire } from "node:module"
import { type Compression, CompressionError } from "./codec.ts"

const requireFrom = createRequire(import.meta.url)

/** A function that loads `packageName` when it is first called and then gives the same again. */
export function lazily<T>(codec: Compression, packageName: string): () => T {
  let loaded: T | undefined
  return () => {
    if (loaded === undefined) {
      try {
        loaded = requireFrom(packageName) as T
      } catch (cause) {
        throw new CompressionError(`${codec}: package ${packageName} cannot be loaded`, { cause })
      }
    }
    return loaded
  }
}
