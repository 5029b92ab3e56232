/**
 * Metadata, versions 0-13: topics, their partitions, and where this broker is.
 *
 * 1. Unknown topics are created in the request, where client and broker allow it, and come back
 *    with a leader: the first produce does not fail.
 * 2. An empty list means all topics in version 0, no topics later; null means all.
 * 3. The address is the one the client dialled, unless advertised.listeners is set.
 *
 * Left out: authorized operations are always all of them, as in a Kafka without an authorizer.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { MetadataReply, MetadataRequest } from "../../protocol/messages/metadata.ts"
import type { Context, Handler } from "../context.ts"
import type { Identity } from "../identity.ts"
import type { Catalog } from "../topics/catalog.ts"
import type { Partition } from "../topics/partition.ts"
import { type Topic, ZERO_TOPIC_ID } from "../topics/topic.ts"
import { internalTopics, topicNameProblem } from "../topics/topic-names.ts"
import { errorCodeOf } from "./failures.ts"

/** First version in which a topic without a name is answered with a null name. */
const NULLABLE_NAME_VERSION = 12
/** "Not asked for", in the fields of authorized operations. */
const NOT_ASKED = -2147483648
/** READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS as bits. */
export const ALL_TOPIC_OPERATIONS = 3576
/** CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE. */
export const ALL_CLUSTER_OPERATIONS = 8096

/** What the handler is made from. */
export interface MetadataParts {
  catalog: Catalog
  identity: Identity
  /** Whether unknown topics are created: auto.create.topics.enable. */
  isAutoCreating: boolean
  /** Partitions of topics created here: num.partitions. */
  partitionCount: number
}

type TopicReply = MetadataReply["topics"][number]

/** Answers at once, unless topics have to be created. */
export function metadata(parts: MetadataParts): Handler<MetadataRequest, MetadataReply> {
  return (request, context) => {
    const { topics } = request
    const isAll = topics === null || (context.apiVersion === 0 && topics.length === 0)
    const asked = isAll ? undefined : distinct(topics)
    if (parts.isAutoCreating && request.allowAutoTopicCreation && asked !== undefined) {
      const missing = asked.filter((topic) => canCreate(parts.catalog, topic))
      if (missing.length > 0) return createThenReply(parts, request, context, { asked, missing })
    }
    return reply(parts, request, context, { asked })
  }
}

interface Asked {
  readonly name: string | null
  readonly topicId: string
}

interface Plan {
  readonly asked: Asked[] | undefined
  readonly missing?: Asked[]
  /** Error codes of topics that could not be created. */
  readonly failed?: ReadonlyMap<string, number>
}

function distinct(topics: readonly Asked[]): Asked[] {
  const seen = new Set<string>()
  return topics.filter((topic) => {
    const key = topic.name === null ? `id ${topic.topicId}` : `name ${topic.name}`
    return !seen.has(key) && seen.add(key)
  })
}

function canCreate(catalog: Catalog, { name, topicId }: Asked): boolean {
  if (name === null || topicId !== ZERO_TOPIC_ID) return false
  if (catalog.find(name) !== undefined || internalTopics.has(name)) return false
  return topicNameProblem(name) === undefined
}

async function createThenReply(
  parts: MetadataParts,
  request: MetadataRequest,
  context: Context,
  plan: Plan,
): Promise<MetadataReply> {
  const failed = new Map<string, number>()
  for (const { name } of plan.missing ?? []) {
    const { partitionCount } = parts
    const created = await parts.catalog.create({ name: name!, partitionCount })
    // Another client may have been faster, which is as good.
    if (created.ok || created.reason === "topic-exists") continue
    failed.set(name!, errorCodeOf(created.reason))
  }
  return reply(parts, request, context, { ...plan, failed })
}

function reply(
  parts: MetadataParts,
  request: MetadataRequest,
  context: Context,
  plan: Plan,
): MetadataReply {
  const { identity } = parts
  const topicOperations = request.includeTopicAuthorizedOperations
    ? ALL_TOPIC_OPERATIONS
    : NOT_ASKED
  const describe = (topic: Topic) => describeTopic(topic, identity.nodeId, topicOperations)
  const topics =
    plan.asked === undefined
      ? Array.from(parts.catalog.all(), describe)
      : plan.asked.map((asked) => {
          const topic = findTopic(parts.catalog, asked)
          return topic ? describe(topic) : unknownTopic(asked, context.apiVersion, plan.failed)
        })
  const endpoint = identity.endpointFor(context.info)
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId: identity.nodeId, ...endpoint, rack: identity.rack }],
    clusterId: identity.clusterId,
    controllerId: identity.nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? ALL_CLUSTER_OPERATIONS
      : NOT_ASKED,
    errorCode: ErrorCode.NONE,
  }
}

function findTopic(catalog: Catalog, { name, topicId }: Asked): Topic | undefined {
  return topicId === ZERO_TOPIC_ID && name !== null ? catalog.find(name) : catalog.findById(topicId)
}

function describeTopic(topic: Topic, nodeId: number, operations: number): TopicReply {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map((partition) => describePartition(partition, nodeId)),
    topicAuthorizedOperations: operations,
  }
}

function describePartition(partition: Partition, nodeId: number) {
  return {
    errorCode: ErrorCode.NONE,
    partitionIndex: partition.index,
    leaderId: nodeId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    offlineReplicas: [],
  }
}

function unknownTopic(
  asked: Asked,
  apiVersion: number,
  failed: ReadonlyMap<string, number> | undefined,
): TopicReply {
  const isById = asked.name === null || asked.topicId !== ZERO_TOPIC_ID
  const nameless = apiVersion >= NULLABLE_NAME_VERSION ? null : ""
  return {
    errorCode: isById ? ErrorCode.UNKNOWN_TOPIC_ID : missingCode(asked.name!, failed),
    name: isById ? nameless : asked.name,
    topicId: asked.topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: NOT_ASKED,
  }
}

function missingCode(name: string, failed: ReadonlyMap<string, number> | undefined): number {
  if (topicNameProblem(name) !== undefined) return ErrorCode.INVALID_TOPIC_EXCEPTION
  return failed?.get(name) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
}
