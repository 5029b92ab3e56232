/**
 * AlterConfigs, versions 0-2: replaces all configs of a topic; what is not named goes back to its
 * default. Kept for old clients: newer ones use IncrementalAlterConfigs.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  AlterConfigsReply,
  AlterConfigsRequest,
} from "../../protocol/messages/alter-configs.ts"
import type { Handler } from "../context.ts"
import { changeConfigs, type NextConfigs } from "./config-changes.ts"
import { duplicatesOf } from "./duplicates.ts"
import { refuse, type TopicParts } from "./topic-plans.ts"

/** Answers when the last change is durable. */
export function alterConfigs(parts: TopicParts): Handler<AlterConfigsRequest, AlterConfigsReply> {
  return async (request) => ({
    throttleTimeMs: 0,
    responses: await changeConfigs(request, replaceAll, parts),
  })
}

interface Setting {
  readonly name: string
  readonly value: string | null
}

function replaceAll(
  _present: ReadonlyMap<string, string>,
  settings: readonly Setting[],
): NextConfigs {
  if (duplicatesOf(settings.map(({ name }) => name)).size > 0)
    return refuse(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys")
  const unset = settings.filter(({ value }) => value === null).map(({ name }) => name)
  if (unset.length > 0)
    return refuse(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${unset.join(",")}`)
  return new Map(settings.map(({ name, value }) => [name, value!]))
}
