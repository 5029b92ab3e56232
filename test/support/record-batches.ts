/** Record batches and the bodies of requests that carry and ask for them. */
import { BatchBuilder, type BatchOptions } from "../../protocol/records/builder.ts"
import { readBatches } from "../../protocol/records/record.ts"

/** When every record of a test was made: the first day of the simulated world. */
export const RECORD_TIMESTAMP = 1_704_067_200_000

/** One batch with a record per value. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const value of values) builder.append({ value, timestamp: RECORD_TIMESTAMP })
  return builder.build()
}

/** The values of all records, each with its offset: "7=abc". */
export function valuesIn(records: Uint8Array | null): string[] {
  return Array.from(readBatches(Buffer.from(records ?? [])), ({ offset, value }) => {
    return `${offset}=${value?.toString() ?? "null"}`
  })
}

/** A Produce request for one partition. */
export function produceBody(
  name: string,
  records: Uint8Array | null,
  more: { acks?: number; index?: number; topicId?: string; timeoutMs?: number } = {},
): object {
  const { acks = 1, index = 0, topicId, timeoutMs = 10_000 } = more
  const topic = topicId === undefined ? { name } : { topicId }
  return { acks, timeoutMs, topicData: [{ ...topic, partitionData: [{ index, records }] }] }
}

/** What one partition is asked for. */
export interface FetchAsk {
  topic?: string
  topicId?: string
  partition?: number
  fetchOffset?: number
  partitionMaxBytes?: number
  currentLeaderEpoch?: number
}

/** A Fetch request; waits for nothing unless told to. */
export function fetchBody(asks: FetchAsk[], more: object = {}): object {
  const topics = asks.map(({ topic, topicId, ...partition }) => ({
    ...(topicId === undefined ? { topic: topic ?? "t" } : { topicId }),
    partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20, ...partition }],
  }))
  const defaults = { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 24, isolationLevel: 0 }
  return { ...defaults, topics, ...more }
}
