/**
 * OffsetCommit, versions 2-10. Answered when the offsets are safe. A client that is no member
 * (generation -1, no id) may commit while the group is empty; topics have ids from version 10 on.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  OffsetCommitReply,
  OffsetCommitRequest,
} from "../../protocol/messages/offset-commit.ts"
import type { Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import type { CommitCall, GroupCoordinator } from "../groups/coordinator.ts"
import type { Topic } from "../topics/topic.ts"

type RequestTopic = OffsetCommitRequest["topics"][number]
type RequestPartition = RequestTopic["partitions"][number]
type TopicResult = {
  name: string
  topicId: string
  partitions: { partitionIndex: number; errorCode: ErrorCode }[]
}

/** Makes the handler of OffsetCommit. */
export function offsetCommit(
  groups: GroupCoordinator,
): Handler<OffsetCommitRequest, OffsetCommitReply> {
  const maxLength = groups.options.offsetMetadataMaxBytes

  return (request, { apiVersion }) => {
    const topics: TopicResult[] = []
    const offsets: CommitCall["offsets"][number][] = []
    const accepted: TopicResult["partitions"] = []
    let isAnyKnown = false
    const committedAtMs = groups.nowMs()
    for (const requested of request.topics) {
      const topic = findTopic(groups, requested, apiVersion)
      const partitions = requested.partitions.map((partition) => {
        const errorCode = checkPartition(topic, partition, { apiVersion, maxLength })
        const result = { partitionIndex: partition.partitionIndex, errorCode }
        isAnyKnown ||= errorCode === ErrorCode.NONE || isTooLarge(errorCode)
        if (errorCode === ErrorCode.NONE) {
          accepted.push(result)
          offsets.push(toOffset(request, topic!, partition, committedAtMs))
        } else if (isTooLarge(errorCode)) {
          accepted.push(result)
        }
        return result
      })
      topics.push({ name: requested.name, topicId: requested.topicId, partitions })
    }
    if (!isAnyKnown) return { topics }
    const reply = new Deferred<OffsetCommitReply>()
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch } = request
    const call = { groupId, memberId, groupInstanceId, apiVersion, offsets }
    groups.commit({ ...call, generationId: generationIdOrMemberEpoch }, (errorCode) => {
      if (errorCode !== ErrorCode.NONE) for (const result of accepted) result.errorCode = errorCode
      reply.resolve({ topics })
    })
    return reply
  }
}

function findTopic(groups: GroupCoordinator, topic: RequestTopic, version: number) {
  return version >= 10 ? groups.catalog.findById(topic.topicId) : groups.catalog.find(topic.name)
}

function isTooLarge(errorCode: ErrorCode): boolean {
  return errorCode === ErrorCode.OFFSET_METADATA_TOO_LARGE
}

function checkPartition(
  topic: Topic | undefined,
  { partitionIndex, committedMetadata }: RequestPartition,
  { apiVersion, maxLength }: { apiVersion: number; maxLength: number },
): ErrorCode {
  if (!topic && apiVersion >= 10) return ErrorCode.UNKNOWN_TOPIC_ID
  if (!topic?.partitions[partitionIndex]) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const isTooLong = (committedMetadata ?? "").length > maxLength
  return isTooLong ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE
}

function toOffset(
  { groupId, retentionTimeMs }: OffsetCommitRequest,
  topic: Topic,
  partition: RequestPartition,
  committedAtMs: number,
): CommitCall["offsets"][number] {
  return {
    ...{ groupId, topic: topic.name, partition: partition.partitionIndex },
    committed: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? "",
      committedAtMs,
      expiresAtMs: retentionTimeMs === -1 ? -1 : committedAtMs + retentionTimeMs,
      topicId: topic.id,
    },
  }
}
