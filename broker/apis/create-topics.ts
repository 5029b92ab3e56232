/**
 * CreateTopics, versions 2-7: makes topics, or with validateOnly says whether it would.
 *
 * 1. Each topic stands for itself: one that is refused does not keep the others from being made.
 * 2. Counts are compared with their limits before anything is allocated for them.
 * 3. The answer leaves when the topics are durable and have their logs; timeoutMs is not needed.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  CreateTopicsReply,
  CreateTopicsRequest,
} from "../../protocol/messages/create-topics.ts"
import type { Handler } from "../context.ts"
import type { TopicOverrides } from "../topic-config.ts"
import type { TopicPlan } from "../topics/catalog.ts"
import { ZERO_TOPIC_ID } from "../topics/topic.ts"
import { topicEntries } from "./config-entries.ts"
import { duplicatesOf } from "./duplicates.ts"
import { errorCodeOf } from "./failures.ts"
import {
  limitProblem,
  type PlanResult,
  planTopic,
  refuse,
  type TopicParts,
  type TopicRefusal,
} from "./topic-plans.ts"

type TopicReply = CreateTopicsReply["topics"][number]

/** Answers when the last topic has been made. */
export function createTopics(parts: TopicParts): Handler<CreateTopicsRequest, CreateTopicsReply> {
  return async (request) => {
    const plans = planAll(request, parts)
    const topics = await Promise.all(
      [...plans].map(([name, planned]) => carryOut(name, planned, request.validateOnly, parts)),
    )
    return { throttleTimeMs: 0, topics }
  }
}

/** A plan or a refusal for each name, which together stay within the broker's limit. */
function planAll({ topics }: CreateTopicsRequest, parts: TopicParts): Map<string, PlanResult> {
  const twice = duplicatesOf(topics.map(({ name }) => name))
  const plans = new Map<string, PlanResult>()
  let partitionCount = parts.catalog.partitionCount
  for (const topic of topics) {
    if (twice.has(topic.name)) {
      plans.set(topic.name, refuse(ErrorCode.INVALID_REQUEST, "Duplicate topic name."))
      continue
    }
    const planned = planTopic(topic, parts)
    const count = planned.ok ? planned.plan.partitionCount : 0
    plans.set(topic.name, limitProblem(count, partitionCount, parts.config) ?? planned)
    partitionCount += count
  }
  return plans
}

async function carryOut(
  name: string,
  planned: PlanResult,
  isValidateOnly: boolean,
  parts: TopicParts,
): Promise<TopicReply> {
  if (!planned.ok) return refused(name, planned)
  if (isValidateOnly) return made(planned.plan, ZERO_TOPIC_ID, parts)
  const created = await parts.catalog.create(planned.plan)
  if (created.ok) return made(planned.plan, created.topic.id, parts)
  return refused(name, refuse(errorCodeOf(created.reason), created.message))
}

function made(plan: TopicPlan, topicId: string, { config }: TopicParts): TopicReply {
  const overrides: TopicOverrides = new Map(plan.configs)
  return {
    name: plan.name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: plan.partitionCount,
    replicationFactor: 1,
    configs: topicEntries(config, overrides).map(({ name, value, source, isReadOnly }) => ({
      name,
      value,
      readOnly: isReadOnly,
      configSource: source,
      isSensitive: false,
    })),
  }
}

function refused(name: string, { errorCode, errorMessage }: TopicRefusal): TopicReply {
  return { name, topicId: ZERO_TOPIC_ID, errorCode, errorMessage, configs: [] }
}
