/** The options every client has: whom to ask, and how long to wait. */
import { optionError } from "../errors.ts"
import { type Clock, systemClock } from "./clock.ts"

/** Options of the connection to a cluster. */
export interface ClusterOptions {
  /** "host:port", several with commas, or a list. Enough to reach one broker of the cluster. */
  readonly bootstrapServers: string | readonly string[]
  /** Name shown in the broker's logs and quotas. Default "millrace". */
  readonly clientId?: string | undefined
  /** To open a connection and learn what the broker can do. Default 10_000. */
  readonly connectTimeoutMs?: number | undefined
  /** How long the first connection is tried again when nobody answers. Default 2_000. */
  readonly bootstrapTimeoutMs?: number | undefined
  /** For the answer to a request. Default 30_000. */
  readonly requestTimeoutMs?: number | undefined
  /** Metadata are fetched anew after this long. Default 300_000. */
  readonly metadataMaxAgeMs?: number | undefined
  /** Wait before the first retry; doubles up to retryBackoffMaxMs. Default 100. */
  readonly retryBackoffMs?: number | undefined
  /** Default 1_000. */
  readonly retryBackoffMaxMs?: number | undefined
  /** Largest reply accepted. Default 256 MiB. */
  readonly maxFrameBytes?: number | undefined
  /** For tests. */
  readonly clock?: Clock | undefined
}

/** The same with every default filled in. */
export interface ResolvedClusterOptions {
  readonly clientId: string
  readonly connectTimeoutMs: number
  readonly bootstrapTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly metadataMaxAgeMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly maxFrameBytes: number
  readonly clock: Clock
}

const defaults: ResolvedClusterOptions = {
  clientId: "millrace",
  connectTimeoutMs: 10_000,
  bootstrapTimeoutMs: 2_000,
  requestTimeoutMs: 30_000,
  metadataMaxAgeMs: 300_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  maxFrameBytes: 256 * 1024 * 1024,
  clock: systemClock,
}

/** All options with their defaults, numbers checked. */
export function resolveClusterOptions(options: ClusterOptions): ResolvedClusterOptions {
  const resolved = withDefaults(defaults, options)
  checkWhole("connectTimeoutMs", resolved.connectTimeoutMs, 1)
  checkWhole("bootstrapTimeoutMs", resolved.bootstrapTimeoutMs, 0)
  checkWhole("requestTimeoutMs", resolved.requestTimeoutMs, 1)
  checkWhole("metadataMaxAgeMs", resolved.metadataMaxAgeMs, 1)
  checkWhole("retryBackoffMs", resolved.retryBackoffMs, 0)
  checkWhole("retryBackoffMaxMs", resolved.retryBackoffMaxMs, 0)
  checkWhole("maxFrameBytes", resolved.maxFrameBytes, 1024)
  return resolved
}

/** `defaults`, overridden by what is given under the same names and is not undefined. */
export function withDefaults<D extends object>(
  defaults: D,
  given: { readonly [K in keyof D]?: D[K] | undefined },
): D {
  const names = Object.keys(defaults) as (keyof D)[]
  const chosen = names.map((name) => [name, given[name] ?? defaults[name]])
  return Object.fromEntries(chosen) as D
}

/** An option that must be a whole number within bounds; throws INVALID_OPTION. */
export function checkWhole(
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `${least} to ${most}`
  throw optionError(`${name} must be a whole number ${range}, not ${String(value)}.`)
}

/** An option that must be one of a few words; throws INVALID_OPTION. */
export function checkOneOf<T>(name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return
  const words = allowed.map((word) => JSON.stringify(word)).join(", ")
  throw optionError(`${name} must be one of ${words}, not ${JSON.stringify(value)}.`)
}
