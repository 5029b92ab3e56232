/** Options of a consumer. */
import { type KafkaError, optionError } from "../errors.ts"
import { type ClusterOptions, checkOneOf, checkWhole, withDefaults } from "../net/options.ts"
import type { TopicPartition } from "../records.ts"
import type { Deserializer } from "../serdes/serde.ts"
import { type Assignor, assignors } from "./assignors.ts"
import type { IsolationLevel } from "./list-offsets.ts"

/** Where to start when there is no position, or when it is outside of the log. */
export type AutoOffsetReset = "earliest" | "latest" | "none"

/** Options of a consumer. */
export interface ConsumerOptions<K = Buffer, V = Buffer> extends ClusterOptions {
  /** Needed to `subscribe` and to commit. */
  readonly groupId?: string | undefined
  /** A name that survives restarts: the member keeps its partitions over short absences. */
  readonly groupInstanceId?: string | undefined
  /** "none" makes a missing or lost position an error. Default "latest". */
  readonly autoOffsetReset?: AutoOffsetReset | undefined
  /** Commits positions by itself, when there is a groupId. Default true. */
  readonly autoCommit?: boolean | undefined
  /** Default 5_000. */
  readonly autoCommitIntervalMs?: number | undefined
  /** A member that is not heard of for this long is out of the group. Default 45_000. */
  readonly sessionTimeoutMs?: number | undefined
  /** Default 3_000. */
  readonly heartbeatIntervalMs?: number | undefined
  /** Longest time between two steps of an iteration before the member gives up its partitions,
   *  and longest time that others wait for it in a rebalance. Default 300_000. */
  readonly maxPollIntervalMs?: number | undefined
  /** Ways to distribute partitions, preferred first. Default ["range"]. */
  readonly assignors?: readonly ("range" | "roundrobin" | Assignor)[] | undefined
  /** "read_committed" hides records of open and aborted transactions. Default
   *  "read_uncommitted". */
  readonly isolationLevel?: IsolationLevel | undefined
  /** The broker waits for this much before it answers a fetch. Default 1. */
  readonly fetchMinBytes?: number | undefined
  /** But no longer than this. Default 500. */
  readonly fetchMaxWaitMs?: number | undefined
  /** Most bytes of one fetch (one batch may be larger). Default 50 MiB. */
  readonly fetchMaxBytes?: number | undefined
  /** Most bytes of one partition in one fetch (one batch may be larger). Default 1 MiB. */
  readonly maxPartitionFetchBytes?: number | undefined
  /** Nothing is fetched ahead while this much is waiting to be read. Default 64 MiB. */
  readonly maxBufferedBytes?: number | undefined
  /** Compares the checksum of every batch. Default true. */
  readonly checkCrcs?: boolean | undefined
  readonly keyDeserializer?: Deserializer<K> | undefined
  readonly valueDeserializer?: Deserializer<V> | undefined
  /** Called after partitions were given to this member. */
  readonly onAssigned?: ((partitions: readonly TopicPartition[]) => void) | undefined
  /** Called before partitions are given up (`commit` still works for them), or, with `isLost`,
   *  after they were taken away. */
  readonly onRevoked?:
    | ((partitions: readonly TopicPartition[], isLost: boolean) => void | Promise<void>)
    | undefined
  /** Called with failures that the consumer gets over by itself: lost connections, rebalances. */
  readonly onWarning?: ((error: KafkaError) => void) | undefined
}

/** The consumer's own options with their defaults. */
export interface ResolvedConsumerOptions<K, V> {
  readonly groupId: string | undefined
  readonly groupInstanceId: string | null
  readonly autoOffsetReset: AutoOffsetReset
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly assignors: readonly Assignor[]
  readonly isolationLevel: IsolationLevel
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly maxBufferedBytes: number
  readonly checkCrcs: boolean
  readonly keyDeserializer: Deserializer<K> | undefined
  readonly valueDeserializer: Deserializer<V> | undefined
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void
  readonly onRevoked: (
    partitions: readonly TopicPartition[],
    isLost: boolean,
  ) => void | Promise<void>
  readonly onWarning: (error: KafkaError) => void
}

const defaults = {
  autoOffsetReset: "latest" as AutoOffsetReset,
  autoCommit: true,
  autoCommitIntervalMs: 5_000,
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  maxPollIntervalMs: 300_000,
  isolationLevel: "read_uncommitted" as IsolationLevel,
  fetchMinBytes: 1,
  fetchMaxWaitMs: 500,
  fetchMaxBytes: 50 * 1024 * 1024,
  maxPartitionFetchBytes: 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  checkCrcs: true,
}

const INT32 = 0x7fffffff

/** Checks and completes the options; throws INVALID_OPTION. */
export function resolveConsumerOptions<K, V>(
  options: ConsumerOptions<K, V>,
): ResolvedConsumerOptions<K, V> {
  const resolved = withDefaults(defaults, options)
  checkOneOf("autoOffsetReset", resolved.autoOffsetReset, ["earliest", "latest", "none"])
  checkOneOf("isolationLevel", resolved.isolationLevel, ["read_uncommitted", "read_committed"])
  checkWhole("autoCommitIntervalMs", resolved.autoCommitIntervalMs, 1)
  checkWhole("sessionTimeoutMs", resolved.sessionTimeoutMs, 1, INT32)
  checkWhole("heartbeatIntervalMs", resolved.heartbeatIntervalMs, 1, resolved.sessionTimeoutMs)
  checkWhole("maxPollIntervalMs", resolved.maxPollIntervalMs, 1, INT32)
  checkWhole("fetchMinBytes", resolved.fetchMinBytes, 0, INT32)
  checkWhole("fetchMaxWaitMs", resolved.fetchMaxWaitMs, 0, INT32)
  checkWhole("fetchMaxBytes", resolved.fetchMaxBytes, 1, INT32)
  checkWhole("maxPartitionFetchBytes", resolved.maxPartitionFetchBytes, 1, INT32)
  checkWhole("maxBufferedBytes", resolved.maxBufferedBytes, 1)
  if (options.groupId === "") throw optionError("groupId must not be empty.")
  return {
    ...resolved,
    autoCommit: resolved.autoCommit && options.groupId !== undefined,
    groupId: options.groupId,
    groupInstanceId: options.groupInstanceId ?? null,
    assignors: assignorsOf(options.assignors ?? ["range"]),
    keyDeserializer: options.keyDeserializer,
    valueDeserializer: options.valueDeserializer,
    onAssigned: options.onAssigned ?? (() => {}),
    onRevoked: options.onRevoked ?? (() => {}),
    onWarning: options.onWarning ?? (() => {}),
  }
}

function assignorsOf(given: readonly (keyof typeof assignors | Assignor)[]): Assignor[] {
  if (given.length === 0) throw optionError("assignors needs at least one.")
  return given.map((assignor) => {
    if (typeof assignor !== "string") return assignor
    checkOneOf("assignors", assignor, Object.keys(assignors) as (keyof typeof assignors)[])
    return assignors[assignor]
  })
}
