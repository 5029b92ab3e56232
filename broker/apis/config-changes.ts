/**
 * Changing the configs of topics: what AlterConfigs (all of them at once) and
 * IncrementalAlterConfigs (one by one) have in common. A resource is changed whole or not at all.
 *
 * Left out: changing the broker's configs while it runs. They are refused by name, as Kafka refuses
 * those of its own that cannot be changed.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import { topicConfigProblem } from "../topic-config.ts"
import { ResourceType } from "./config-entries.ts"
import { brokerNameProblem } from "./describe-configs.ts"
import { errorCodeOf } from "./failures.ts"
import { refuse, type TopicParts, type TopicRefusal } from "./topic-plans.ts"

/** Something whose configs are to be changed. */
export interface Resource<Change> {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly Change[]
}

/** The answer for one resource. */
export interface ResourceAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

/** The configs of a topic after a change, or why there cannot be such a change. */
export type NextConfigs = Map<string, string> | TopicRefusal

/** Makes the next configs of a topic out of the present ones. */
export type ApplyChanges<Change> = (
  present: ReadonlyMap<string, string>,
  changes: readonly Change[],
) => NextConfigs

/** Carries out the changes of a request. */
export async function changeConfigs<Change extends { readonly name: string }>(
  request: { readonly resources: readonly Resource<Change>[]; readonly validateOnly: boolean },
  apply: ApplyChanges<Change>,
  parts: TopicParts,
): Promise<ResourceAnswer[]> {
  const identity = ({ resourceType, resourceName }: Resource<Change>) =>
    `${resourceType} ${resourceName}`
  const counts = new Map<string, number>()
  for (const resource of request.resources) {
    const key = identity(resource)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const answers: ResourceAnswer[] = []
  // One after another: a change builds on what the one before it left.
  for (const resource of request.resources) {
    const isRepeated = counts.get(identity(resource))! > 1
    const refusal = isRepeated
      ? refuse(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")
      : await changeResource(resource, apply, { ...parts, isDryRun: request.validateOnly })
    answers.push(answer(resource, refusal))
  }
  return answers
}

function answer(
  { resourceType, resourceName }: Resource<unknown>,
  refusal: TopicRefusal | undefined,
): ResourceAnswer {
  const { errorCode, errorMessage } = refusal ?? { errorCode: ErrorCode.NONE, errorMessage: null }
  return { errorCode, errorMessage, resourceType, resourceName }
}

async function changeResource<Change extends { readonly name: string }>(
  resource: Resource<Change>,
  apply: ApplyChanges<Change>,
  parts: TopicParts & { readonly isDryRun: boolean },
): Promise<TopicRefusal | undefined> {
  const { resourceType, resourceName, configs } = resource
  if (resourceType === ResourceType.BROKER) return brokerRefusal(resource, parts.nodeId)
  if (resourceType !== ResourceType.TOPIC)
    return refuse(ErrorCode.INVALID_REQUEST, `Unknown resource type ${resourceType}`)
  if (parts.catalog.find(resourceName) === undefined) {
    const text = `The topic '${resourceName}' does not exist.`
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, text)
  }
  let refusal: TopicRefusal | undefined
  const changed = await parts.catalog.updateConfigs(resourceName, (present) => {
    const next = checked(apply(present, configs))
    if (next instanceof Map) return parts.isDryRun ? undefined : next
    refusal = next
    return undefined
  })
  return changed.ok ? refusal : refuse(errorCodeOf(changed.reason), changed.message)
}

function checked(next: NextConfigs): NextConfigs {
  const problem = next instanceof Map ? topicConfigProblem(next) : undefined
  return problem === undefined ? next : refuse(ErrorCode.INVALID_CONFIG, problem)
}

function brokerRefusal(
  { resourceName, configs }: Resource<{ readonly name: string }>,
  nodeId: number,
): TopicRefusal | undefined {
  const problem = brokerNameProblem(resourceName, nodeId)
  if (problem !== undefined) return refuse(ErrorCode.INVALID_REQUEST, problem)
  if (configs.length === 0) return undefined
  const names = configs.map(({ name }) => name).join(", ")
  return refuse(ErrorCode.INVALID_REQUEST, `Cannot update these configs dynamically: [${names}]`)
}
