/**
 * DeleteRecords, versions 0-2: moves the start of a partition's log forward. -1 stands for the high
 * watermark; an offset before the present start changes nothing. Offsets nobody may read yet are
 * out of range.
 *
 * As in Kafka, logs whose cleanup.policy lacks "delete" refuse (compaction alone decides there),
 * and so do the broker's own topics.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DeleteRecordsReply,
  DeleteRecordsRequest,
} from "../../protocol/messages/delete-records.ts"
import type { Handler } from "../context.ts"
import type { Catalog } from "../topics/catalog.ts"
import { errorCodeOf } from "./failures.ts"

const HIGH_WATERMARK = -1
const NO_WATERMARK = -1

type PartitionRequest = DeleteRecordsRequest["topics"][number]["partitions"][number]

/** Answers once the new start is recorded by storage. */
export function deleteRecords(catalog: Catalog): Handler<DeleteRecordsRequest, DeleteRecordsReply> {
  return (request) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => deleteBefore(catalog, name, asked)),
    })),
  })
}

function deleteBefore(catalog: Catalog, name: string, asked: PartitionRequest) {
  const { partitionIndex } = asked
  const refused = (errorCode: number) => ({
    partitionIndex,
    lowWatermark: NO_WATERMARK,
    errorCode,
  })
  const topic = catalog.find(name)
  if (topic?.isInternal) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION)
  const partition = topic?.partitions[partitionIndex]
  if (partition === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const { log, highWatermark } = partition
  if (!log.config.cleanupPolicy.includes("delete")) return refused(ErrorCode.POLICY_VIOLATION)
  const offset = asked.offset === HIGH_WATERMARK ? highWatermark : asked.offset
  if (offset < 0 || offset > highWatermark) return refused(ErrorCode.OFFSET_OUT_OF_RANGE)
  if (offset <= log.logStartOffset)
    return { partitionIndex, lowWatermark: log.logStartOffset, errorCode: ErrorCode.NONE }
  const deleted = log.deleteRecordsBefore(offset)
  if (!deleted.ok) {
    const isOutOfRange = deleted.reason === "offset-out-of-range"
    return refused(errorCodeOf(isOutOfRange ? "offset-out-of-range" : "storage-failure"))
  }
  return { partitionIndex, lowWatermark: deleted.logStartOffset, errorCode: ErrorCode.NONE }
}
