/** Options of a producer. */
import type { Compression } from "../../protocol/records/compression/index.ts"
import { optionError } from "../errors.ts"
import { type ClusterOptions, checkOneOf, checkWhole, withDefaults } from "../net/options.ts"
import { bytesSerde, type Serializer } from "../serdes/serde.ts"
import type { Partitioner } from "./partitioner.ts"

/** When a record counts as stored: never asked, by the leader, by all in-sync replicas. */
export type Acks = 0 | 1 | -1 | "all"

/** Options of a producer. */
export interface ProducerOptions<K = string | Uint8Array, V = string | Uint8Array>
  extends ClusterOptions {
  /** Default "all". */
  readonly acks?: Acks | undefined
  /** Records are stored once and in order, whatever is tried again. Needs acks "all" and a broker
   *  that hands out producer ids. Default true with acks "all", else false. */
  readonly idempotent?: boolean | undefined
  /** Default "none". */
  readonly compression?: Compression | undefined
  /** How long a batch that is not full waits for more records. Default 0: records of one turn of
   *  the event loop travel together, and more gather while requests are under way. */
  readonly lingerMs?: number | undefined
  /** Size at which a batch is full. Default 131_072. */
  readonly batchBytes?: number | undefined
  /** Memory for records that are not stored yet; when it is used up, `send` waits. 32 MiB. */
  readonly bufferBytes?: number | undefined
  /** Most bytes of batches in one request. Default 1 MiB. */
  readonly maxRequestBytes?: number | undefined
  /** Requests without an answer per broker; at most 5 with idempotence. Default 5. Without
   *  idempotence, more than 1 can change the order of records when something is tried again. */
  readonly maxInFlight?: number | undefined
  /** From `send` to success or failure, all attempts included. Default 120_000. */
  readonly deliveryTimeoutMs?: number | undefined
  /** How long `send` may wait for metadata or room. Default 60_000. */
  readonly maxBlockMs?: number | undefined
  /** For records without a partition. Default: murmur2 of the key, sticky without a key. */
  readonly partitioner?: Partitioner | undefined
  readonly keySerializer?: Serializer<K> | undefined
  readonly valueSerializer?: Serializer<V> | undefined
}

/** The producer's own options with their defaults. */
export interface ResolvedProducerOptions<K, V> {
  /** -1 for "all". */
  readonly acks: number
  readonly idempotent: boolean
  readonly compression: Compression
  readonly lingerMs: number
  readonly batchBytes: number
  readonly bufferBytes: number
  readonly maxRequestBytes: number
  readonly maxInFlight: number
  readonly deliveryTimeoutMs: number
  readonly maxBlockMs: number
  readonly partitioner: Partitioner | undefined
  readonly keySerializer: Serializer<K> | undefined
  readonly valueSerializer: Serializer<V> | undefined
}

const defaults = {
  compression: "none" as Compression,
  lingerMs: 0,
  batchBytes: 131_072,
  bufferBytes: 32 * 1024 * 1024,
  maxRequestBytes: 1024 * 1024,
  maxInFlight: 5,
  deliveryTimeoutMs: 120_000,
  maxBlockMs: 60_000,
}

const COMPRESSIONS: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"]
/** The broker remembers this many batches per producer and partition. */
const MAX_IDEMPOTENT_IN_FLIGHT = 5

/** Checks and completes the options; throws INVALID_OPTION. */
export function resolveProducerOptions<K, V>(
  options: ProducerOptions<K, V>,
): ResolvedProducerOptions<K, V> {
  const resolved = withDefaults(defaults, options)
  checkOneOf<Acks | undefined>("acks", options.acks, [undefined, "all", -1, 0, 1])
  checkOneOf("compression", resolved.compression, COMPRESSIONS)
  const acks = options.acks === undefined || options.acks === "all" ? -1 : options.acks
  const idempotent = options.idempotent ?? acks === -1
  if (idempotent && acks !== -1) {
    throw optionError('idempotent needs acks "all"; set idempotent to false or leave acks out.')
  }
  checkWhole("lingerMs", resolved.lingerMs, 0, 60_000)
  checkWhole("batchBytes", resolved.batchBytes, 1, 64 * 1024 * 1024)
  checkWhole("bufferBytes", resolved.bufferBytes, 1)
  checkWhole("maxRequestBytes", resolved.maxRequestBytes, 1)
  checkWhole("maxInFlight", resolved.maxInFlight, 1, idempotent ? MAX_IDEMPOTENT_IN_FLIGHT : 1000)
  checkWhole("deliveryTimeoutMs", resolved.deliveryTimeoutMs, 1)
  checkWhole("maxBlockMs", resolved.maxBlockMs, 0)
  return {
    ...resolved,
    acks,
    idempotent,
    partitioner: options.partitioner,
    keySerializer: notPlain(options.keySerializer),
    valueSerializer: notPlain(options.valueSerializer),
  }
}

/** The serde that does nothing is not called at all. */
function notPlain<T>(serializer: Serializer<T> | undefined): Serializer<T> | undefined {
  return (serializer as unknown) === bytesSerde ? undefined : serializer
}
