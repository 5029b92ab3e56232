/**
 * DescribeConfigs, versions 1-4: the configs of topics and of this broker, with their sources, and
 * where asked for their synonyms and documentation.
 *
 * Left out: broker loggers, client metrics and groups, whose configs do not exist here.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  DescribeConfigsReply,
  DescribeConfigsRequest,
} from "../../protocol/messages/describe-configs.ts"
import type { Handler } from "../context.ts"
import { topicNameProblem } from "../topics/topic-names.ts"
import { brokerEntries, type ConfigEntry, ResourceType, topicEntries } from "./config-entries.ts"
import { refuse, type TopicParts, type TopicRefusal } from "./topic-plans.ts"

type ResourceRequest = DescribeConfigsRequest["resources"][number]
type ResourceReply = DescribeConfigsReply["results"][number]

/** Answers from memory. */
export function describeConfigs(
  parts: TopicParts,
): Handler<DescribeConfigsRequest, DescribeConfigsReply> {
  return (request) => ({
    throttleTimeMs: 0,
    results: request.resources.map((resource) => describe(resource, request, parts)),
  })
}

function describe(
  resource: ResourceRequest,
  request: DescribeConfigsRequest,
  parts: TopicParts,
): ResourceReply {
  const { resourceType, resourceName, configurationKeys } = resource
  const found = entriesOf(resource, parts)
  if (!Array.isArray(found)) {
    const { errorCode, errorMessage } = found
    return { errorCode, errorMessage, resourceType, resourceName, configs: [] }
  }
  // Kafka takes an empty list for all of them, as null is.
  const asked = configurationKeys?.length ? new Set(configurationKeys) : undefined
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: found
      .filter(({ name }) => asked === undefined || asked.has(name))
      .map((entry) => format(entry, request)),
  }
}

function entriesOf(resource: ResourceRequest, parts: TopicParts): ConfigEntry[] | TopicRefusal {
  const { resourceType, resourceName } = resource
  switch (resourceType) {
    case ResourceType.TOPIC:
      return topicConfigs(resourceName, parts)
    case ResourceType.BROKER: {
      const problem = brokerNameProblem(resourceName, parts.nodeId)
      if (problem !== undefined) return refuse(ErrorCode.INVALID_REQUEST, problem)
      // The empty name asks for what all brokers were told at run time: nothing can be.
      return resourceName === "" ? [] : brokerEntries(parts.config)
    }
    default:
      return refuse(ErrorCode.INVALID_REQUEST, `Unknown resource type ${resourceType}`)
  }
}

function topicConfigs(name: string, parts: TopicParts): ConfigEntry[] | TopicRefusal {
  const problem = topicNameProblem(name)
  if (problem !== undefined) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
  const topic = parts.catalog.find(name)
  return topic === undefined
    ? refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Topic '${name}' does not exist.`)
    : topicEntries(parts.config, topic.configs)
}

/** What is wrong with the name of a broker resource; undefined for this broker and for "". */
export function brokerNameProblem(name: string, nodeId: number): string | undefined {
  if (name === "" || name === String(nodeId)) return undefined
  return /^\d+$/.test(name)
    ? `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`
    : `Broker id must be an integer, but it is: ${name}`
}

function format(entry: ConfigEntry, request: DescribeConfigsRequest) {
  const { name, value, source, type, documentation, isReadOnly, synonyms } = entry
  return {
    name,
    value,
    readOnly: isReadOnly,
    configSource: source,
    isSensitive: false,
    synonyms: request.includeSynonyms ? [...synonyms] : [],
    configType: type,
    documentation: request.includeDocumentation ? documentation : null,
  }
}
