/**
 * OffsetFetch, versions 1-10. Waits until what was committed before is safe, so that nobody resumes
 * from an offset that a crash takes back. From version 2 on null topics mean all of them; from 7 on
 * a client may insist on offsets no open transaction is about to move (KIP-447); from 8 on several
 * groups may be asked for (KIP-709); from 10 on topics have ids.
 *
 * An offset of a topic that was deleted and made again is not shown: it means another log.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { OffsetFetchReply, OffsetFetchRequest } from "../../protocol/messages/offset-fetch.ts"
import { ZERO_UUID } from "../../protocol/schema.ts"
import type { Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import { afterAll } from "../groups/after-all.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import type { CommittedOffset } from "../groups/offsets.ts"

interface TopicQuery {
  name: string
  topicId: string
  partitionIndexes: number[]
  /** The topic is there, or was asked for by name. */
  isKnown: boolean
}

interface PartitionResult {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string
  errorCode: ErrorCode
}

interface GroupResult {
  groupId: string
  errorCode: ErrorCode
  topics: { name: string; topicId: string; partitions: PartitionResult[] }[]
}

/** Makes the handler of OffsetFetch. */
export function offsetFetch(
  groups: GroupCoordinator,
): Handler<OffsetFetchRequest, OffsetFetchReply> {
  return (request, { apiVersion }) => {
    const reply = new Deferred<OffsetFetchReply>()
    const wanted = wantedGroups(groups, request, apiVersion)
    const results: GroupResult[] = new Array(wanted.length)
    const oneIsDone = afterAll(wanted.length, () => reply.resolve(toReply(results, apiVersion)))
    for (const [index, { groupId, queries }] of wanted.entries()) {
      groups.whenSettled(groupId, (failure) => {
        const errorCode = failure || groups.check()
        const topics = queries ?? everything(groups, groupId, apiVersion)
        results[index] = {
          groupId,
          errorCode,
          topics: topics.map((query) => ({
            name: query.name,
            topicId: query.topicId,
            partitions: query.partitionIndexes.map((partition) =>
              errorCode === ErrorCode.NONE
                ? fetchOne(groups, request.requireStable, { groupId, query, partition })
                : nothing(partition, errorCode),
            ),
          })),
        }
        oneIsDone()
      })
    }
    return reply
  }
}

function wantedGroups(groups: GroupCoordinator, request: OffsetFetchRequest, version: number) {
  const { catalog } = groups
  const byName = (name: string, partitionIndexes: number[]): TopicQuery => {
    const topicId = catalog.find(name)?.id ?? ZERO_UUID
    return { name, topicId, partitionIndexes, isKnown: true }
  }
  if (version < 8) {
    const { groupId, topics } = request
    const queries = topics?.map((topic) => byName(topic.name, topic.partitionIndexes))
    return [{ groupId, queries }]
  }
  return request.groups.map(({ groupId, topics }) => ({
    groupId,
    queries: topics?.map(({ name, topicId, partitionIndexes }) => {
      if (version < 10) return byName(name, partitionIndexes)
      const topic = catalog.findById(topicId)
      const isKnown = topic !== undefined
      return { name: topic?.name ?? "", topicId, partitionIndexes, isKnown }
    }),
  }))
}

function everything(groups: GroupCoordinator, groupId: string, version: number): TopicQuery[] {
  const queries: TopicQuery[] = []
  for (const [name, partitions] of groups.offsets.of(groupId) ?? []) {
    const topicId = groups.catalog.find(name)?.id ?? ZERO_UUID
    // With ids only, a topic that is not there cannot be named.
    if (version >= 10 && topicId === ZERO_UUID) continue
    queries.push({ name, topicId, partitionIndexes: [...partitions.keys()], isKnown: true })
  }
  return queries
}

function fetchOne(
  groups: GroupCoordinator,
  requireStable: boolean,
  at: { groupId: string; query: TopicQuery; partition: number },
): PartitionResult {
  const { query, partition } = at
  if (!query.isKnown) return nothing(partition, ErrorCode.UNKNOWN_TOPIC_ID)
  const key = { groupId: at.groupId, topic: query.name, partition }
  if (requireStable && groups.offsets.isUnstable(key)) {
    return nothing(partition, ErrorCode.UNSTABLE_OFFSET_COMMIT)
  }
  const committed = groups.offsets.find(key)
  if (!committed || isOfAnotherTopic(committed, query)) return nothing(partition, ErrorCode.NONE)
  return {
    partitionIndex: partition,
    committedOffset: committed.offset,
    committedLeaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    errorCode: ErrorCode.NONE,
  }
}

function isOfAnotherTopic(committed: CommittedOffset, { topicId }: TopicQuery): boolean {
  if (committed.topicId === ZERO_UUID || topicId === ZERO_UUID) return false
  return committed.topicId !== topicId
}

function nothing(partitionIndex: number, errorCode: ErrorCode): PartitionResult {
  const offset = { committedOffset: -1, committedLeaderEpoch: -1 }
  return { partitionIndex, ...offset, metadata: "", errorCode }
}

function toReply(results: GroupResult[], version: number): OffsetFetchReply {
  // Where there is a place for the group's error, its topics are left out.
  const groups = results.map((result) =>
    version >= 2 && result.errorCode !== ErrorCode.NONE ? { ...result, topics: [] } : result,
  )
  if (version >= 8) return { groups }
  const { topics, errorCode } = groups[0]!
  return { topics, errorCode }
}
