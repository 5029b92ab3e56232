/** Reads ranges of partitions through one consumer and ends when each has come to its end. */
import { Consumer, type ConsumerRecord } from "../clients/index.ts"
import type { PartitionRange } from "./range.ts"

/** Where and how to read. */
export interface ReadOptions {
  bootstrap: string
  isolation?: "read_committed" | "read_uncommitted"
  /** Ends the reading early, without an error. */
  stop?: AbortSignal
}

/**
 * Yields the records with `start <= offset < end` of every range, in offset order within each
 * partition. A range with an end of Infinity is followed until `stop`.
 */
export async function* readRanges(
  ranges: readonly PartitionRange[],
  options: ReadOptions,
): AsyncGenerator<ConsumerRecord> {
  const open = new Map(
    ranges
      .filter(({ start, end }) => start < end)
      .map((range) => [`${range.topic} ${range.partition}`, range]),
  )
  if (open.size === 0) return
  const consumer = new Consumer({
    bootstrapServers: options.bootstrap,
    clientId: "millrace-cli",
    isolationLevel: options.isolation ?? "read_uncommitted",
  })
  const close = () => void consumer.close()
  options.stop?.addEventListener("abort", close)
  try {
    consumer.assign(
      [...open.values()].map(({ topic, partition, start }) => ({
        topic,
        partition,
        offset: start,
      })),
    )
    for await (const batch of consumer.batches()) {
      const key = `${batch.topic} ${batch.partition}`
      const range = open.get(key)
      if (range === undefined) continue
      for (const record of batch) if (record.offset < range.end) yield record
      if (consumer.position(batch) < range.end) continue
      open.delete(key)
      if (open.size === 0) return
    }
  } finally {
    options.stop?.removeEventListener("abort", close)
    await consumer.close()
  }
}
