/**
 * OffsetForLeaderEpoch, versions 2-4: where the records of a leader epoch end, so that a reader can
 * tell whether what it has read was cut off since (KIP-320).
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  OffsetForLeaderEpochReply,
  OffsetForLeaderEpochRequest,
} from "../../protocol/messages/offset-for-leader-epoch.ts"
import type { Handler } from "../context.ts"
import type { Catalog } from "../topics/catalog.ts"
import { leaderEpochError, NO_EPOCH } from "../topics/leader-epochs.ts"

const NO_OFFSET = -1

type PartitionRequest = OffsetForLeaderEpochRequest["topics"][number]["partitions"][number]

/** Answers from memory. */
export function offsetForLeaderEpoch(
  catalog: Catalog,
): Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochReply> {
  return (request) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((asked) => describe(catalog, topic, asked)),
    })),
  })
}

function describe(catalog: Catalog, topic: string, asked: PartitionRequest) {
  const partition = catalog.partition(topic, asked.partition)
  if (partition === undefined) return answer(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const epochError = leaderEpochError(partition, asked.currentLeaderEpoch)
  if (epochError !== ErrorCode.NONE) return answer(asked, epochError)
  if (partition.log.isOffline) return answer(asked, ErrorCode.KAFKA_STORAGE_ERROR)
  if (asked.leaderEpoch === NO_EPOCH) return answer(asked, ErrorCode.NONE)
  return { ...answer(asked, ErrorCode.NONE), ...partition.endOffsetForEpoch(asked.leaderEpoch) }
}

function answer({ partition }: PartitionRequest, errorCode: number) {
  return { errorCode, partition, leaderEpoch: NO_EPOCH, endOffset: NO_OFFSET }
}
