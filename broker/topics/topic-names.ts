/**
 * Which names a topic may have. A topic name becomes a directory name, so nothing else may reach
 * the disk: letters, digits, ".", "_" and "-", at most 249 of them, and not "." or "..".
 */

/** Kafka's limit: a directory name has 255 bytes, "-" and five digits are for the partition. */
export const MAX_TOPIC_NAME_LENGTH = 249

/** Topics that belong to the broker: clients read them, but do not write or delete them. */
export const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
])

/** The topic the metadata log is kept under; never visible to clients. */
export const METADATA_TOPIC = "__cluster_metadata"

const LEGAL = /^[a-zA-Z0-9._-]+$/

/** Why a name cannot be a topic's, in words for the client; undefined when it can. */
export function topicNameProblem(name: string): string | undefined {
  if (name.length === 0) return "a topic name cannot be empty"
  if (name === "." || name === "..") return "a topic name cannot be '.' or '..'"
  if (name.length > MAX_TOPIC_NAME_LENGTH) {
    return `a topic name has at most ${MAX_TOPIC_NAME_LENGTH} characters`
  }
  if (!LEGAL.test(name)) return "a topic name has only letters, digits, '.', '_' and '-'"
  if (name === METADATA_TOPIC) return `the name ${METADATA_TOPIC} is the broker's own`
  return undefined
}
