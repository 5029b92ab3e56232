/**
 * DeleteTopics, versions 1-6: by name, and from v6 by id. The broker's own topics cannot be
 * deleted. What is named twice (also once by name and once by id) is refused, with one answer.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DeleteTopicsReply,
  DeleteTopicsRequest,
} from "../../protocol/messages/delete-topics.ts"
import type { Handler } from "../context.ts"
import type { Catalog } from "../topics/catalog.ts"
import { ZERO_TOPIC_ID } from "../topics/topic.ts"
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
  /** Called once a topic is gone. */
  onDeleted(topic: string): void
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
    const malformed = asked.flatMap(malformedAnswer)
    const responses = await Promise.all(
      [...byTarget(asked, parts.catalog).values()].map((same) => deleteOne(same, parts)),
    )
    return { throttleTimeMs: 0, responses: [...malformed, ...responses] }
  }
}

function disabled(asked: readonly Asked[], apiVersion: number): TopicReply[] {
  const code =
    apiVersion < DISABLED_VERSION ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED
  return asked.map((topic) => answer(topic, code, "Topic deletion is disabled."))
}

/** The answer for an entry that does not say which topic it means; nothing for others. */
function malformedAnswer(asked: Asked): TopicReply[] {
  if (isWellFormed(asked)) return []
  const text =
    asked.name === null
      ? "Neither topic name nor id were specified."
      : "You may not specify both topic name and topic id."
  return [answer(asked, ErrorCode.INVALID_REQUEST, text)]
}

function isWellFormed({ name, topicId }: Asked): boolean {
  return (name === null) !== (topicId === ZERO_TOPIC_ID)
}

/** The well-formed entries, those that mean the same topic together. */
function byTarget(asked: readonly Asked[], catalog: Catalog): Map<string, Asked[]> {
  const targets = new Map<string, Asked[]>()
  for (const topic of asked.filter(isWellFormed)) {
    const target = findTopic(topic, catalog)?.id ?? topic.name ?? topic.topicId
    const same = targets.get(target)
    if (same === undefined) targets.set(target, [topic])
    else same.push(topic)
  }
  return targets
}

function findTopic({ name, topicId }: Asked, catalog: Catalog) {
  return name === null ? catalog.findById(topicId) : catalog.find(name)
}

/** Deletes the topic that all of `same` mean: one entry, or it is refused. */
async function deleteOne(same: readonly Asked[], parts: DeleteTopicsParts): Promise<TopicReply> {
  const { catalog } = parts
  const asked = same[0]!
  const topic = findTopic(asked, catalog)
  const found = topic === undefined ? asked : { name: topic.name, topicId: topic.id }
  if (same.length > 1) return answer(found, ErrorCode.INVALID_REQUEST, repetitionText(same))
  if (topic === undefined) return unknownTopic(asked)
  if (topic.isInternal) {
    const text = `Deletion of internal topic ${topic.name} is prohibited.`
    return answer(found, ErrorCode.INVALID_REQUEST, text)
  }
  const deleted = await catalog.delete(topic.name)
  if (!deleted.ok) return answer(found, errorCodeOf(deleted.reason), deleted.message)
  parts.onDeleted(topic.name)
  return answer(found, ErrorCode.NONE, null)
}

function repetitionText(same: readonly Asked[]): string {
  if (same.every(({ name }) => name !== null)) return "Duplicate topic name."
  if (same.every(({ name }) => name === null)) return "Duplicate topic id."
  return "The provided topic name maps to an ID that was already supplied."
}

function unknownTopic(asked: Asked): TopicReply {
  if (asked.name === null)
    return answer(asked, ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
  const text = "This server does not host this topic-partition."
  return answer(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, text)
}

function answer(
  { name, topicId }: Asked,
  errorCode: number,
  errorMessage: string | null,
): TopicReply {
  return { name, topicId, errorCode, errorMessage }
}
