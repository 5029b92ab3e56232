/**
 * DeleteTopics, versions 1-6: by name, and from v6 by id. The broker's own topics cannot be deleted.
 * An id that belongs to a topic also given by name is refused, as anything given twice is.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DeleteTopicsReply,
  DeleteTopicsRequest,
} from "../../protocol/messages/delete-topics.ts"
import type { Handler } from "../context.ts"
import type { Catalog } from "../topics/catalog.ts"
import { ZERO_TOPIC_ID } from "../topics/topic.ts"
import { duplicatesOf } from "./duplicates.ts"
import { errorCodeOf } from "./failures.ts"

/** First version that knows TOPIC_DELETION_DISABLED. */
const DISABLED_VERSION = 3
/** First version in which topics are objects and may be named by id. */
const BY_ID_VERSION = 6

/** What the handler is made from. */
export interface DeleteTopicsParts {
  catalog: Catalog
  /** delete.topic.enable */
  isEnabled: boolean
}

type TopicReply = DeleteTopicsReply["responses"][number]

interface Asked {
  readonly name: string | null
  readonly topicId: string
}

/** Answers when the last deletion is durable. */
export function deleteTopics(
  parts: DeleteTopicsParts,
): Handler<DeleteTopicsRequest, DeleteTopicsReply> {
  return async (request, context) => {
    const asked: Asked[] =
      context.apiVersion >= BY_ID_VERSION
        ? request.topics
        : request.topicNames.map((name) => ({ name, topicId: ZERO_TOPIC_ID }))
    if (!parts.isEnabled)
      return { throttleTimeMs: 0, responses: disabled(asked, context.apiVersion) }
    const isTwice = repetitions(asked, parts.catalog)
    const responses = await Promise.all(
      asked.map((topic) => deleteOne(topic, isTwice(topic), parts.catalog)),
    )
    return { throttleTimeMs: 0, responses }
  }
}

function disabled(asked: readonly Asked[], apiVersion: number): TopicReply[] {
  const code =
    apiVersion < DISABLED_VERSION ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED
  return asked.map((topic) => answer(topic, code, "Topic deletion is disabled."))
}

/** Says what is repeated about a topic: its name, its id, or the topic that both lead to. */
function repetitions(asked: readonly Asked[], catalog: Catalog) {
  const names = duplicatesOf(asked.flatMap(({ name }) => (name === null ? [] : [name])))
  const ids = duplicatesOf(
    asked.flatMap(({ topicId }) => (topicId === ZERO_TOPIC_ID ? [] : [topicId])),
  )
  const targets = duplicatesOf(
    asked.flatMap((topic) => {
      const found = findTopic(topic, catalog)
      return found === undefined ? [] : [found.id]
    }),
  )
  return (topic: Asked): string | undefined => {
    if (topic.name !== null && names.has(topic.name)) return "Duplicate topic name."
    if (topic.topicId !== ZERO_TOPIC_ID && ids.has(topic.topicId)) return "Duplicate topic id."
    const found = findTopic(topic, catalog)
    return found !== undefined && targets.has(found.id)
      ? "The provided topic name maps to an ID that was already supplied."
      : undefined
  }
}

function findTopic({ name, topicId }: Asked, catalog: Catalog) {
  return name === null ? catalog.findById(topicId) : catalog.find(name)
}

async function deleteOne(
  asked: Asked,
  repetition: string | undefined,
  catalog: Catalog,
): Promise<TopicReply> {
  const { INVALID_REQUEST } = ErrorCode
  const hasId = asked.topicId !== ZERO_TOPIC_ID
  if (asked.name !== null && hasId)
    return answer(asked, INVALID_REQUEST, "You may not specify both topic name and topic id.")
  if (asked.name === null && !hasId)
    return answer(asked, INVALID_REQUEST, "Neither topic name nor id were specified.")
  if (repetition !== undefined) return answer(asked, INVALID_REQUEST, repetition)
  const topic = findTopic(asked, catalog)
  if (topic === undefined) {
    return asked.name === null
      ? answer(asked, ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
      : answer(
          asked,
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          "This server does not host this topic-partition.",
        )
  }
  const found = { name: topic.name, topicId: topic.id }
  if (topic.isInternal) {
    const text = `Deletion of internal topic ${topic.name} is prohibited.`
    return answer(found, INVALID_REQUEST, text)
  }
  const deleted = await catalog.delete(topic.name)
  return deleted.ok
    ? answer(found, ErrorCode.NONE, null)
    : answer(found, errorCodeOf(deleted.reason), deleted.message)
}

function answer(
  { name, topicId }: Asked,
  errorCode: number,
  errorMessage: string | null,
): TopicReply {
  return { name, topicId, errorCode, errorMessage }
}
