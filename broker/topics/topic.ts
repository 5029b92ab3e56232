/** A topic as the catalog keeps it: its name, id, partitions and configs. */
import type { Partition } from "./partition.ts"

/** A named, ordered set of partitions. Only the catalog changes it. */
export interface Topic {
  readonly name: string
  /** 22 characters of base64url, as Kafka prints it. A re-created topic gets another. */
  readonly id: string
  readonly partitions: readonly Partition[]
  /** Only what has been set for this topic; defaults are the broker's. */
  readonly configs: ReadonlyMap<string, string>
  readonly isInternal: boolean
}

/** The id that stands for "none". */
export const ZERO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA"
