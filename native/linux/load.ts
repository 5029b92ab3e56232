/**
 * Finds the built addon: `build/Release` of this package, else a binary in `prebuilds/` that fits
 * the machine. MILLRACE_PREBUILD names another directory to look in (node-gyp-build's rule).
 */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Addon } from "./addon.ts"

/** What loading led to; `reason` is one line for people. */
export type LoadResult = { ok: true; addon: Addon } | { ok: false; reason: string }

let loaded: LoadResult | undefined

/** The addon; found once per process. */
export function loadAddon(): LoadResult {
  loaded ??= findAddon()
  return loaded
}

function findAddon(): LoadResult {
  if (process.platform !== "linux") return { ok: false, reason: "the platform is not Linux" }
  try {
    const require = createRequire(import.meta.url)
    const load = require("node-gyp-build") as (directory: string) => Addon
    return { ok: true, addon: load(packageRoot()) }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { ok: false, reason: text.split("\n", 1)[0] ?? "it cannot be loaded" }
  }
}

/** Up from here, in the sources or in dist/, to where binding.gyp is. */
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, "binding.gyp"))) {
    const parent = dirname(directory)
    if (parent === directory) throw new Error("binding.gyp is not above the addon's loader")
    directory = parent
  }
  return directory
}
