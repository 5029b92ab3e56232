/**
 * ListOffsets, versions 1-11: the offset for a timestamp, or for one of the instants below zero.
 *
 * 1. No offset beyond what the asking reader may see is given: its end is the high watermark, or
 *    the last stable offset for read-committed readers.
 * 2. There is no tiered storage: the local start is the start, and nothing is tiered or waits.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ListOffsetsReply, ListOffsetsRequest } from "../../protocol/messages/list-offsets.ts"
import type { Context, Handler } from "../context.ts"
import type { Catalog } from "../topics/catalog.ts"
import { leaderEpochError, NO_EPOCH } from "../topics/leader-epochs.ts"
import type { Partition } from "../topics/partition.ts"
import { duplicatesOf } from "./duplicates.ts"

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

/** First version in which an instant below zero has a meaning. */
const sinceVersion: Readonly<Record<number, number>> = {
  [LATEST]: 1,
  [EARLIEST]: 1,
  [MAX_TIMESTAMP]: 7,
  [EARLIEST_LOCAL]: 8,
  [LATEST_TIERED]: 9,
  [EARLIEST_PENDING_UPLOAD]: 11,
}

const CONSUMER = -1
const READ_COMMITTED = 1
const NO_OFFSET = -1
const NO_TIMESTAMP = -1

/** An offset with what belongs to it. */
interface Found {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const nothing: Found = { offset: NO_OFFSET, timestamp: NO_TIMESTAMP, leaderEpoch: NO_EPOCH }

type PartitionRequest = ListOffsetsRequest["topics"][number]["partitions"][number]

/** Answers at once: everything asked for is in memory or in an index. */
export function listOffsets(catalog: Catalog): Handler<ListOffsetsRequest, ListOffsetsReply> {
  return (request, context) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => {
      const twice = duplicatesOf(partitions.map(({ partitionIndex }) => partitionIndex))
      return {
        name,
        partitions: partitions.map((asked) => {
          const { partitionIndex } = asked
          if (twice.has(partitionIndex)) return failed(partitionIndex, ErrorCode.INVALID_REQUEST)
          const partition = catalog.partition(name, partitionIndex)
          return describe(partition, asked, request, context)
        }),
      }
    }),
  })
}

function describe(
  partition: Partition | undefined,
  asked: PartitionRequest,
  request: ListOffsetsRequest,
  context: Context,
) {
  const { partitionIndex, timestamp, currentLeaderEpoch } = asked
  if (timestamp < 0 && !(context.apiVersion >= (sinceVersion[timestamp] ?? Number.NaN)))
    return failed(partitionIndex, ErrorCode.UNSUPPORTED_VERSION)
  if (partition === undefined) return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const epochError = leaderEpochError(partition, currentLeaderEpoch)
  if (epochError !== ErrorCode.NONE) return failed(partitionIndex, epochError)
  if (partition.log.isOffline) return failed(partitionIndex, ErrorCode.KAFKA_STORAGE_ERROR)
  const found = find(partition, timestamp, endFor(partition, request))
  return { partitionIndex, errorCode: ErrorCode.NONE, ...found }
}

/** First offset that whoever asks may not see. */
function endFor(partition: Partition, request: ListOffsetsRequest): number {
  if (request.replicaId !== CONSUMER) return partition.logEndOffset
  const isCommittedOnly = request.isolationLevel === READ_COMMITTED
  return partition.readableEnd(isCommittedOnly ? "read-committed" : "read-uncommitted")
}

function find(partition: Partition, timestamp: number, end: number): Found {
  const { log } = partition
  switch (timestamp) {
    case LATEST:
      return { offset: end, timestamp: NO_TIMESTAMP, leaderEpoch: partition.leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return {
        offset: log.logStartOffset,
        timestamp: NO_TIMESTAMP,
        leaderEpoch: partition.epochAt(log.logStartOffset),
      }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return nothing
    case MAX_TIMESTAMP:
      return visible(log.maxTimestampOffset(), end)
    default:
      return visible(log.offsetForTimestamp(timestamp), end)
  }
}

function visible(found: Found | undefined, end: number): Found {
  return found !== undefined && found.offset < end ? found : nothing
}

function failed(partitionIndex: number, errorCode: number) {
  return { partitionIndex, errorCode, ...nothing }
}
