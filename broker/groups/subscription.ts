/**
 * What the members of a consumer group subscribe to, as far as their metadata tells: the only
 * place where the broker looks into bytes that belong to the clients.
 */
import { DecodeError, Reader } from "../../protocol/reader.ts"
import type { ClassicGroup } from "./classic-group.ts"
import { metadataFor } from "./members.ts"

/** Protocol type of groups of consumers (others: Kafka Connect, schema registries...). */
export const CONSUMER_PROTOCOL_TYPE = "consumer"

/** Topics the members subscribe to; undefined when that cannot be told. */
export function subscribedTopics(group: ClassicGroup): ReadonlySet<string> | undefined {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
  const topics = new Set<string>()
  if (group.members.count === 0) return topics
  if (group.protocolName === null || group.protocolName === "") return undefined
  try {
    for (const member of group.members.all()) {
      for (const topic of readTopics(metadataFor(member, group.protocolName))) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
  return topics
}

/** Whether a group reads this topic, or may read it for all the broker knows. */
export function isSubscribed(group: ClassicGroup, topic: string): boolean {
  const topics = subscribedTopics(group)
  return topics ? topics.has(topic) : group.protocolType === CONSUMER_PROTOCOL_TYPE
}

// Every version of the subscription begins like version 0: version (2), topics (count, strings).
function readTopics(metadata: Buffer): string[] {
  const reader = new Reader().reset(metadata)
  reader.int16()
  const count = reader.count(2)
  const topics: string[] = []
  for (let index = 0; index < count; index++) topics.push(reader.string())
  return topics
}
