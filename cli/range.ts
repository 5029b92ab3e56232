/** Ranges of offsets in partitions: where reading starts and ends, as the brokers know it. */
import type { Admin, IsolationLevel } from "../clients/index.ts"
import { CliError } from "./failure.ts"
import type { Place } from "./instant.ts"

/** Offsets `start <= offset < end` of one partition. */
export interface PartitionRange {
  topic: string
  partition: number
  start: number
  end: number
}

/** Where to start and to end, and in which partitions (default: all). */
export interface Bounds {
  from: Place
  to: Place
  partitions?: readonly number[] | undefined
  /** read_committed: "latest" is where the oldest open transaction starts. */
  isolation?: IsolationLevel
}

/** Turns two places into offsets for every partition (or only those listed) of the topics. */
export async function resolveRanges(
  admin: Admin,
  topics: readonly string[],
  bounds: Bounds,
): Promise<PartitionRange[]> {
  const described = await admin.describeTopics([...topics])
  const partitions = described.flatMap((topic) =>
    topic.partitions
      .map(({ partition }) => ({ topic: topic.name, partition }))
      .filter(({ partition }) => bounds.partitions?.includes(partition) ?? true),
  )
  if (partitions.length === 0) throw new CliError(`no such partition of ${topics.join(", ")}`)
  const earliest = await admin.listOffsets(partitions, "earliest")
  const latest = await admin.listOffsets(partitions, "latest", {
    isolationLevel: bounds.isolation ?? "read_uncommitted",
  })
  const ends = partitions.map((_, index) => ({
    least: earliest[index]!.offset,
    most: latest[index]!.offset,
  }))
  const starts = await offsetsAt(admin, partitions, bounds.from, ends)
  const stops = await offsetsAt(admin, partitions, bounds.to, ends)
  return partitions.map((which, index) => {
    const start = starts[index]!
    return { ...which, start, end: Math.max(start, stops[index]!) }
  })
}

async function offsetsAt(
  admin: Admin,
  partitions: { topic: string; partition: number }[],
  place: Place,
  ends: readonly { least: number; most: number }[],
): Promise<number[]> {
  const clamp = (offset: number, index: number) =>
    Math.min(Math.max(offset, ends[index]!.least), ends[index]!.most)
  if (place.kind === "earliest") return ends.map(({ least }) => least)
  if (place.kind === "latest") return ends.map(({ most }) => most)
  if (place.kind === "offset") return partitions.map((_, index) => clamp(place.offset, index))
  const found = await admin.listOffsets(partitions, { timestamp: place.timestamp })
  return found.map(({ offset }, index) => (offset < 0 ? ends[index]!.most : clamp(offset, index)))
}

/** Number of records in the ranges, gaps counted in. */
export function countRecords(ranges: readonly PartitionRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}
