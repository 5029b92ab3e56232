/**
 * The APIs the clients use: request and response message of each, and the highest version this
 * code knows how to use (where that is less than what the messages describe).
 */
import type { Decoded, Encodable, Fields, Message } from "../../protocol/schema.ts"

/** One API; `Q` is what is sent, `R` what comes back. */
export interface Api<Q, R> {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  readonly request: Message
  readonly response: Message
  /** Only types: never set. */
  readonly types?: { readonly request: Q; readonly response: R } | undefined
}

/** Puts the two messages of an API together. */
export function api<QF extends Fields, RF extends Fields>(
  request: Message<QF>,
  response: Message<RF>,
  limits: { readonly minVersion?: number; readonly maxVersion?: number } = {},
): Api<Encodable<QF>, Decoded<RF>> {
  return {
    key: request.api ?? -1,
    name: request.name.replace(/Request$/, ""),
    minVersion: Math.max(request.versions[0], limits.minVersion ?? 0),
    maxVersion: Math.min(request.versions[1], limits.maxVersion ?? Number.MAX_SAFE_INTEGER),
    request: request as unknown as Message,
    response: response as unknown as Message,
  }
}

/** First and last version of an API, as a broker announces them. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}
