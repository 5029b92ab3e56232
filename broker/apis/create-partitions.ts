/**
 * CreatePartitions, versions 0-3: adds partitions to topics, or with validateOnly says whether it
 * would. The broker's own topics keep their count: keys are spread over it.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  CreatePartitionsReply,
  CreatePartitionsRequest,
} from "../../protocol/messages/create-partitions.ts"
import type { Handler } from "../context.ts"
import { duplicatesOf } from "./duplicates.ts"
import { errorCodeOf } from "./failures.ts"
import {
  limitProblem,
  refuse,
  replicaProblem,
  type TopicParts,
  type TopicRefusal,
} from "./topic-plans.ts"

type TopicRequest = CreatePartitionsRequest["topics"][number]
type TopicReply = CreatePartitionsReply["results"][number]

/** Answers when the last partition has been made. */
export function createPartitions(
  parts: TopicParts,
): Handler<CreatePartitionsRequest, CreatePartitionsReply> {
  return async (request) => {
    const twice = duplicatesOf(request.topics.map(({ name }) => name))
    const asked = request.topics.filter(({ name }) => !twice.has(name))
    const duplicates = [...twice].map((name) =>
      answer(name, refuse(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")),
    )
    const results = await Promise.all(
      asked.map((topic) => addPartitions(topic, request.validateOnly, parts)),
    )
    return { throttleTimeMs: 0, results: [...duplicates, ...results] }
  }
}

async function addPartitions(
  request: TopicRequest,
  isValidateOnly: boolean,
  parts: TopicParts,
): Promise<TopicReply> {
  const { name, count } = request
  const refusal = problemOf(request, parts)
  if (refusal !== undefined || isValidateOnly) return answer(name, refusal)
  const created = await parts.catalog.createPartitions(name, count)
  if (created.ok) return answer(name, undefined)
  return answer(name, refuse(errorCodeOf(created.reason), created.message))
}

function problemOf(request: TopicRequest, parts: TopicParts): TopicRefusal | undefined {
  const { name, count, assignments } = request
  const topic = parts.catalog.find(name)
  if (topic === undefined) {
    const text = "This server does not host this topic-partition."
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, text)
  }
  if (topic.isInternal) {
    const text = `The number of partitions of internal topic ${name} is fixed.`
    return refuse(ErrorCode.INVALID_REQUEST, text)
  }
  const had = topic.partitions.length
  if (count === had)
    return refuse(ErrorCode.INVALID_PARTITIONS, `Topic already has ${had} partition(s).`)
  if (count < had) {
    const text = `The topic ${name} currently has ${had} partition(s)`
    return refuse(ErrorCode.INVALID_PARTITIONS, `${text}; ${count} would not be an increase.`)
  }
  const limit = limitProblem(count, parts.catalog.partitionCount - had, parts.config)
  if (limit !== undefined) return limit
  if (assignments === null) return undefined
  if (assignments.length !== count - had) {
    const text = `Attempted to add ${count - had} additional partition(s)`
    const but = `but only ${assignments.length} assignment(s) were specified.`
    return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `${text}, ${but}`)
  }
  return replicaProblem(assignments, parts)
}

function answer(name: string, refusal: TopicRefusal | undefined): TopicReply {
  const { errorCode, errorMessage } = refusal ?? { errorCode: ErrorCode.NONE, errorMessage: null }
  return { name, errorCode, errorMessage }
}
