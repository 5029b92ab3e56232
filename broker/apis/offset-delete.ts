/** OffsetDelete, version 0: committed offsets of topics a group does not read (KIP-496). */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  OffsetDeleteReply,
  OffsetDeleteRequest,
} from "../../protocol/messages/offset-delete.ts"
import type { Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import type { ClassicGroup } from "../groups/classic-group.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import type { OffsetKey } from "../groups/offsets.ts"
import { CONSUMER_PROTOCOL_TYPE, isSubscribed } from "../groups/subscription.ts"

/** Makes the handler of OffsetDelete. */
export function offsetDelete(
  groups: GroupCoordinator,
): Handler<OffsetDeleteRequest, OffsetDeleteReply> {
  return ({ groupId, topics }) => {
    const group = groups.find(groupId)
    const refusal = groups.checkGroup(groupId) || checkState(group)
    if (refusal !== ErrorCode.NONE) return { errorCode: refusal, topics: [] }
    const keys: OffsetKey[] = []
    const results = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const errorCode = checkPartition(groups, group!, name, partitionIndex)
        if (errorCode === ErrorCode.NONE)
          keys.push({ groupId, topic: name, partition: partitionIndex })
        return { partitionIndex, errorCode }
      }),
    }))
    const reply = new Deferred<OffsetDeleteReply>()
    groups.removeOffsets(groupId, keys, (errorCode) => {
      reply.resolve({ errorCode, topics: errorCode === ErrorCode.NONE ? results : [] })
    })
    return reply
  }
}

function checkState(group: ClassicGroup | undefined): ErrorCode {
  if (!group) return ErrorCode.GROUP_ID_NOT_FOUND
  // What members of other kinds of groups read is unknown: they must all be gone.
  const mayRemove = group.state === "Empty" || group.protocolType === CONSUMER_PROTOCOL_TYPE
  return mayRemove ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
}

function checkPartition(
  groups: GroupCoordinator,
  group: ClassicGroup,
  topic: string,
  partition: number,
): ErrorCode {
  if (!groups.catalog.partition(topic, partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return isSubscribed(group, topic) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
}
