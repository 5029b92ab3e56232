/**
 * Pure: which committed offsets of a group have outlived offsets.retention.minutes (KIP-211).
 *
 *   no protocol (offsets only)         each from its commit on
 *   Empty                              all from the moment the group became empty
 *   Stable, a consumer group           each from its commit on, of topics nobody subscribes to
 *   otherwise                          none
 */
import type { ClassicGroup } from "./classic-group.ts"
import { isExpired, type OffsetKey, type Offsets } from "./offsets.ts"
import { isSubscribed, subscribedTopics } from "./subscription.ts"

/** What has expired, and whether nothing is left. */
export interface Expired {
  readonly keys: readonly OffsetKey[]
  readonly isAll: boolean
}

/** The expired offsets of a group. */
export function expiredOffsets(
  group: ClassicGroup,
  offsets: Offsets,
  retentionMs: number,
  nowMs: number,
): Expired {
  const topics = offsets.of(group.id)
  if (!topics) return { keys: [], isAll: !offsets.hasOpenTransaction(group.id) }
  const since = startOfExpiry(group)
  if (since === "never") return { keys: [], isAll: false }
  const keys: OffsetKey[] = []
  let count = 0
  for (const [topic, partitions] of topics) {
    count += partitions.size
    if (isSubscribed(group, topic)) continue
    for (const [partition, committed] of partitions) {
      const key = { groupId: group.id, topic, partition }
      const rule = { sinceMs: since, retentionMs }
      if (isExpired(committed, rule, nowMs) && !offsets.isUnstable(key)) keys.push(key)
    }
  }
  return { keys, isAll: keys.length === count && !offsets.hasOpenTransaction(group.id) }
}

/** The instant a group's offsets age from; undefined: each from its own commit. */
function startOfExpiry(group: ClassicGroup): number | undefined | "never" {
  if (group.protocolType === null) return undefined
  if (group.state === "Empty") {
    return group.stateChangedAtMs === -1 ? undefined : group.stateChangedAtMs
  }
  const isKnown = group.state === "Stable" && subscribedTopics(group) !== undefined
  return isKnown ? undefined : "never"
}
