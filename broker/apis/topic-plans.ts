/**
 * Checks what somebody wants a new topic to be, in Kafka's order and words, and makes the plan the
 * catalog carries out. Nothing is allocated in proportion to a number in the request.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { CreateTopicsRequest } from "../../protocol/messages/create-topics.ts"
import type { BrokerConfig } from "../config.ts"
import { topicConfigProblem } from "../topic-config.ts"
import type { Catalog, TopicPlan } from "../topics/catalog.ts"
import { internalTopics, METADATA_TOPIC } from "../topics/topic-names.ts"
import { duplicatesOf } from "./duplicates.ts"
import { errorCodeOf } from "./failures.ts"

/** What the plan is checked against. */
export interface TopicParts {
  readonly catalog: Catalog
  readonly config: BrokerConfig
  /** This broker, the only one that may lead a partition. */
  readonly nodeId: number
}

/** A request that is refused, in Kafka's terms. */
export interface TopicRefusal {
  readonly ok: false
  readonly errorCode: number
  readonly errorMessage: string
}

/** A topic as it is to be made, or why not. */
export type PlanResult = { readonly ok: true; readonly plan: TopicPlan } | TopicRefusal

export type TopicRequest = CreateTopicsRequest["topics"][number]

/** Stands for "the broker's default" in counts. */
const BY_DEFAULT = -1

/** A refusal with its code and words. */
export function refuse(errorCode: number, errorMessage: string): TopicRefusal {
  return { ok: false, errorCode, errorMessage }
}

/** Checks one topic of a CreateTopics request. */
export function planTopic(request: TopicRequest, parts: TopicParts): PlanResult {
  const { catalog, config } = parts
  const { name } = request
  if (name === METADATA_TOPIC || internalTopics.has(name))
    return refuse(ErrorCode.INVALID_REQUEST, `Creation of internal topic ${name} is prohibited.`)
  // With a count that is always fine: so only name and existence speak here, as they do first.
  const refusal = catalog.checkCreate({ name, partitionCount: 1 })
  if (refusal !== undefined && refusal.reason !== "too-many-partitions")
    return refuse(errorCodeOf(refusal.reason), refusal.message)
  const collision = collidingTopic(name, catalog)
  if (collision !== undefined) {
    const text = `Topic '${name}' collides with existing topic: ${collision}`
    return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, text)
  }
  const problem = configProblem(request)
  if (problem !== undefined) return problem
  const count = countPartitions(request, parts)
  if (typeof count !== "number") return count
  const limit = limitProblem(count, catalog.partitionCount, config)
  if (limit !== undefined) return limit
  const configs = request.configs.map(({ name, value }) => [name, value!] as const)
  return { ok: true, plan: { name, partitionCount: count, configs } }
}

/** Metric names turn dots into underscores, so names that differ in nothing else are refused. */
function collidingTopic(name: string, catalog: Catalog): string | undefined {
  if (!/[._]/.test(name)) return undefined
  const unified = name.replaceAll(".", "_")
  for (const topic of catalog.all())
    if (topic.name.replaceAll(".", "_") === unified) return topic.name
  return undefined
}

/** A config set twice has its last value, as in Kafka; each value must be allowed. */
function configProblem({ configs }: TopicRequest): TopicRefusal | undefined {
  const problem = topicConfigProblem(configs.map(({ name, value }) => [name, value] as const))
  return problem === undefined ? undefined : refuse(ErrorCode.INVALID_CONFIG, problem)
}

/** How many partitions the request means. */
function countPartitions(request: TopicRequest, parts: TopicParts): number | TopicRefusal {
  const { numPartitions, replicationFactor, assignments } = request
  if (assignments.length > 0) {
    const other =
      replicationFactor !== BY_DEFAULT
        ? "replication factor"
        : numPartitions !== BY_DEFAULT
          ? "numPartitions"
          : undefined
    if (other !== undefined) {
      const text = `A manual partition assignment was specified, but ${other} was not set to -1.`
      return refuse(ErrorCode.INVALID_REQUEST, text)
    }
    return indexProblem(assignments) ?? replicaProblem(assignments, parts) ?? assignments.length
  }
  if (replicationFactor < BY_DEFAULT || replicationFactor === 0) {
    const text = "Replication factor must be larger than 0, or -1 to use the default value."
    return refuse(ErrorCode.INVALID_REPLICATION_FACTOR, text)
  }
  if (numPartitions < BY_DEFAULT || numPartitions === 0) {
    const text = "Number of partitions was set to an invalid non-positive value."
    return refuse(ErrorCode.INVALID_PARTITIONS, text)
  }
  if (replicationFactor > 1) {
    const text = `Replication factor ${replicationFactor} cannot be reached: there is 1 broker.`
    return refuse(ErrorCode.INVALID_REPLICATION_FACTOR, text)
  }
  return numPartitions === BY_DEFAULT ? parts.config["num.partitions"] : numPartitions
}

/** Partitions of an assignment are numbered from zero, each once. */
function indexProblem(assignments: TopicRequest["assignments"]): TopicRefusal | undefined {
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex)
  const [twice] = duplicatesOf(indexes)
  if (twice !== undefined) {
    const text = `Found multiple manual partition assignments for partition ${twice}`
    return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, text)
  }
  if (indexes.every((index) => index >= 0 && index < indexes.length)) return undefined
  const text = "partitions should be a consecutive 0-based integer sequence"
  return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, text)
}

/** Every partition of an assignment has this broker as its only replica. */
export function replicaProblem(
  assignments: readonly { readonly brokerIds: readonly number[] }[],
  { nodeId }: { readonly nodeId: number },
): TopicRefusal | undefined {
  for (const { brokerIds } of assignments) {
    const text = replicasText(brokerIds, nodeId)
    if (text !== undefined)
      return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `The manual partition assignment ${text}`)
  }
  return undefined
}

function replicasText(brokerIds: readonly number[], nodeId: number): string | undefined {
  if (brokerIds.length === 0) return "includes an empty replica list."
  const stranger = brokerIds.find((id) => id !== nodeId)
  if (stranger !== undefined)
    return `includes broker ${stranger}, but no such broker is registered.`
  return brokerIds.length > 1 ? `includes the broker ${nodeId} more than once.` : undefined
}

/** Whether a topic would have too many partitions, or the broker with it; `others` has the rest. */
export function limitProblem(
  count: number,
  others: number,
  config: BrokerConfig,
): TopicRefusal | undefined {
  const ofTopic = config["max.partitions.per.topic"]
  const ofBroker = config["max.partitions.per.broker"]
  if (count > ofTopic) {
    const text = `${count} partitions are beyond max.partitions.per.topic=${ofTopic}.`
    return refuse(ErrorCode.INVALID_PARTITIONS, text)
  }
  if (count + others > ofBroker) {
    const text = `${others} and ${count} more are beyond max.partitions.per.broker=${ofBroker}.`
    return refuse(ErrorCode.INVALID_PARTITIONS, text)
  }
  return undefined
}
