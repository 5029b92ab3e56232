/** Creating, deleting and enlarging topics. */
import { ErrorCode } from "../../protocol/errors.ts"
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from "../../protocol/messages/create-partitions.ts"
import { CreateTopicsRequest, CreateTopicsResponse } from "../../protocol/messages/create-topics.ts"
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../../protocol/messages/delete-topics.ts"
import { ZERO_UUID } from "../../protocol/schema.ts"
import { answerError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import { checkWhole } from "../net/options.ts"
import { onController } from "./controller.ts"

const CreateTopics = api(CreateTopicsRequest, CreateTopicsResponse)
const DeleteTopics = api(DeleteTopicsRequest, DeleteTopicsResponse)
const CreatePartitions = api(CreatePartitionsRequest, CreatePartitionsResponse)

/** A topic to be created. */
export interface NewTopic {
  readonly name: string
  /** Left out: the broker's `num.partitions`. */
  readonly partitionCount?: number | undefined
  /** Left out: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined
  /** Brokers of each partition, first the preferred leader; replaces the two numbers above. */
  readonly assignments?: readonly (readonly number[])[] | undefined
  readonly configs?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** Creates topics, or only checks whether it could. */
export async function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  validateOnly: boolean,
): Promise<void> {
  for (const { partitionCount, replicationFactor } of topics) {
    if (partitionCount !== undefined) checkWhole("partitionCount", partitionCount, 1, 0x7fffffff)
    if (replicationFactor !== undefined)
      checkWhole("replicationFactor", replicationFactor, 1, 0x7fff)
  }
  const reply = await onController(cluster, {
    api: CreateTopics,
    value: {
      topics: topics.map(newTopic),
      timeoutMs: cluster.options.requestTimeoutMs,
      validateOnly,
    },
    errors: ({ topics: results }) => results.map(({ errorCode }) => errorCode),
  })
  for (const { name, errorCode, errorMessage: message } of reply.topics) {
    if (errorCode === ErrorCode.NONE) continue
    throw answerError(errorCode, `Creating topic '${name}'`, { topic: name, message })
  }
}

/** Deletes topics by name. */
export async function deleteTopics(cluster: Cluster, names: readonly string[]): Promise<void> {
  const reply = await onController(cluster, {
    api: DeleteTopics,
    value: (version) => ({
      ...(version >= 6
        ? { topics: names.map((name) => ({ name, topicId: ZERO_UUID })) }
        : { topicNames: [...names] }),
      timeoutMs: cluster.options.requestTimeoutMs,
    }),
    errors: ({ responses }) => responses.map(({ errorCode }) => errorCode),
  })
  for (const { name, errorCode, errorMessage: message } of reply.responses) {
    if (errorCode === ErrorCode.NONE) continue
    const topic = name ?? undefined
    throw answerError(errorCode, `Deleting topic '${name}'`, { topic, message, retriable: false })
  }
}

/** Raises the number of partitions. */
export async function createPartitions(
  cluster: Cluster,
  name: string,
  partitionCount: number,
): Promise<void> {
  checkWhole("partitionCount", partitionCount, 1, 0x7fffffff)
  const reply = await onController(cluster, {
    api: CreatePartitions,
    value: {
      topics: [{ name, count: partitionCount, assignments: null }],
      timeoutMs: cluster.options.requestTimeoutMs,
      validateOnly: false,
    },
    errors: ({ results }) => results.map(({ errorCode }) => errorCode),
  })
  for (const { errorCode, errorMessage: message } of reply.results) {
    if (errorCode === ErrorCode.NONE) continue
    const subject = `Raising topic '${name}' to ${partitionCount} partitions`
    throw answerError(errorCode, subject, { topic: name, message, retriable: false })
  }
}

function newTopic(topic: NewTopic) {
  const { name, partitionCount = -1, replicationFactor = -1, assignments = [] } = topic
  const isAssigned = assignments.length > 0
  return {
    name,
    numPartitions: isAssigned ? -1 : partitionCount,
    replicationFactor: isAssigned ? -1 : replicationFactor,
    assignments: assignments.map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    })),
    configs: Object.entries(topic.configs ?? {}).map(([key, value]) => ({
      name: key,
      value: String(value),
    })),
  }
}
