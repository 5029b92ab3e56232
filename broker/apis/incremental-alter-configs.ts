/**
 * IncrementalAlterConfigs, versions 0-1: sets and deletes single configs of a topic, and adds to
 * and takes from those that are lists (KIP-339).
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type {
  IncrementalAlterConfigsReply,
  IncrementalAlterConfigsRequest,
} from "../../protocol/messages/incremental-alter-configs.ts"
import type { Handler } from "../context.ts"
import { formatValue } from "../options.ts"
import { findTopicOption, topicValue } from "../topic-config.ts"
import { changeConfigs, type NextConfigs } from "./config-changes.ts"
import { duplicatesOf } from "./duplicates.ts"
import { refuse, type TopicParts } from "./topic-plans.ts"

const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

/** Answers when the last change is durable. */
export function incrementalAlterConfigs(
  parts: TopicParts,
): Handler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsReply> {
  return async (request) => ({
    throttleTimeMs: 0,
    responses: await changeConfigs(
      request,
      (present, changes) => applyAll(present, changes, parts),
      parts,
    ),
  })
}

interface Change {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

function applyAll(
  present: ReadonlyMap<string, string>,
  changes: readonly Change[],
  parts: TopicParts,
): NextConfigs {
  if (duplicatesOf(changes.map(({ name }) => name)).size > 0)
    return refuse(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys")
  const valueless = changes.filter(
    (change) => change.configOperation !== DELETE && change.value === null,
  )
  if (valueless.length > 0) {
    const names = valueless.map(({ name }) => name).join(",")
    return refuse(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${names}`)
  }
  const next = new Map(present)
  for (const { name, configOperation, value } of changes) {
    switch (configOperation) {
      case SET:
        next.set(name, value!)
        break
      case DELETE:
        next.delete(name)
        break
      case APPEND:
      case SUBTRACT: {
        const changed = changeList(name, configOperation, value!, { next, parts })
        if (typeof changed !== "string") return changed
        next.set(name, changed)
        break
      }
      default:
        return refuse(ErrorCode.INVALID_REQUEST, `Unknown operation ${configOperation} for ${name}`)
    }
  }
  return next
}

/** The text of a list with entries added or taken away. */
function changeList(
  name: string,
  operation: typeof APPEND | typeof SUBTRACT,
  value: string,
  { next, parts }: { next: ReadonlyMap<string, string>; parts: TopicParts },
) {
  const type = findTopicOption(name)?.option.type
  if (type !== "list") {
    const verb = operation === APPEND ? "APPEND" : "SUBTRACT"
    const why = type === undefined ? "it does not exist" : "its type is not LIST"
    return refuse(ErrorCode.INVALID_CONFIG, `Can't ${verb} to key ${name} because ${why}.`)
  }
  const text = next.get(name) ?? formatValue(topicValue(name, parts.config, next)) ?? ""
  const entries = new Set(entriesOf(text))
  for (const entry of entriesOf(value))
    if (operation === APPEND) entries.add(entry)
    else entries.delete(entry)
  return [...entries].join(",")
}

function entriesOf(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
}
