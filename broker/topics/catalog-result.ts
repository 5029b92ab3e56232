/** What a change of the catalog answers when it is refused. */

/** Why a change was refused. */
export type CatalogFailure =
  | "topic-exists"
  | "invalid-topic-name"
  | "unknown-topic"
  | "invalid-partition-count"
  | "too-many-partitions"
  | "storage-failure"

/** A refused change, with words for the client. */
export interface CatalogRefusal {
  readonly ok: false
  readonly reason: CatalogFailure
  readonly message: string
}

export function refuse(reason: CatalogFailure, message: string): CatalogRefusal {
  return { ok: false, reason, message }
}

export function unknownTopic(name: string): CatalogRefusal {
  return refuse("unknown-topic", `This server does not host the topic '${name}'.`)
}
