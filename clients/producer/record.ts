/** From the user's record to the one that is written: serialized, checked, sizes estimated. */
import type { NewRecord } from "../../protocol/records/builder.ts"
import { asKafkaError, optionError } from "../errors.ts"
import type { HeadersInput, ProducerRecord } from "../records.ts"
import type { Serializer } from "../serdes/serde.ts"

/** A record ready to be put into a batch. */
export interface EncodedRecord extends NewRecord {
  readonly topic: string
  /** -1: to be chosen. */
  readonly partition: number
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  /** About how many bytes it takes; strings are counted as one byte per character. */
  readonly length: number
}

/** Bytes of a record beside key, value and headers, at most. */
const RECORD_OVERHEAD = 21
/** Bytes of a header beside name and value, at most. */
const HEADER_OVERHEAD = 10

/** Serializes and checks; throws INVALID_OPTION or SERIALIZATION_FAILED. */
export function encodeRecord<K, V>(
  record: ProducerRecord<K, V>,
  timestamp: number,
  serializers: {
    readonly keySerializer: Serializer<K> | undefined
    readonly valueSerializer: Serializer<V> | undefined
  },
): EncodedRecord {
  const { topic, partition = -1 } = record
  if (typeof topic !== "string" || topic === "") {
    throw optionError("A record needs a topic: a string that is not empty.")
  }
  if (record.partition !== undefined && !(Number.isInteger(partition) && partition >= 0)) {
    throw optionError(`partition must be a whole number from 0 on, not ${String(partition)}.`)
  }
  if (!Number.isSafeInteger(timestamp)) {
    throw optionError(`timestamp must be whole milliseconds, not ${String(timestamp)}.`)
  }
  const key = contentOf(record.key, serializers.keySerializer, "key", topic)
  const value = contentOf(record.value, serializers.valueSerializer, "value", topic)
  const headers = record.headers === undefined ? undefined : headersOf(record.headers)
  const length =
    RECORD_OVERHEAD +
    (key === null ? 0 : key.length) +
    (value === null ? 0 : value.length) +
    (headers === undefined ? 0 : headersLength(headers))
  return { topic, partition, key, value, headers, timestamp, length }
}

function contentOf<T>(
  input: T | null | undefined,
  serializer: Serializer<T> | undefined,
  what: "key" | "value",
  topic: string,
): Uint8Array | string | null {
  if (input === null || input === undefined) return null
  let content: unknown = input
  if (serializer !== undefined) {
    try {
      content = serializer.serialize(input, topic)
    } catch (error) {
      throw asKafkaError(error, "SERIALIZATION_FAILED", `Serializing a ${what} for '${topic}'`)
    }
  }
  if (typeof content === "string" || content instanceof Uint8Array) return content
  if (content === null) return null
  throw optionError(
    `A record's ${what} must be a string, a Uint8Array or null, not ${typeof content}. ` +
      `Give the producer a ${what}Serializer, or turn it into one of these.`,
  )
}

type WrittenHeader = { readonly key: string; readonly value: Uint8Array | string | null }

function headersOf(input: HeadersInput): readonly WrittenHeader[] {
  const headers = Array.isArray(input)
    ? (input as readonly WrittenHeader[])
    : Object.entries(input as Record<string, string | Uint8Array | null>).map(([key, value]) => ({
        key,
        value,
      }))
  for (const { key, value } of headers) {
    const isContent = value === null || typeof value === "string" || value instanceof Uint8Array
    if (typeof key === "string" && isContent) continue
    throw optionError(`Header '${String(key)}' must have a string, a Uint8Array or null.`)
  }
  return headers
}

function headersLength(headers: readonly WrittenHeader[]): number {
  let length = 0
  for (const { key, value } of headers) {
    length += HEADER_OVERHEAD + key.length + (value === null ? 0 : value.length)
  }
  return length
}
