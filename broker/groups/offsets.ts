/**
 * What consumers have committed: group -> topic -> partition -> offset, and the same for
 * transactions that are not decided yet. Memory only; group-log.ts keeps it across restarts.
 *
 * 1. An offset committed in a transaction counts from the commit marker on, and only where nothing
 *    was written to the log for the same partition after it.
 * 2. Maps without entries are removed: what is here is what somebody committed.
 */

/** A committed position. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly committedAtMs: number
  /** When a client of old asked for a retention of its own; -1: the broker's applies. */
  readonly expiresAtMs: number
  /** The zero uuid when written before topics had ids. */
  readonly topicId: string
}

interface PendingOffset {
  readonly committed: CommittedOffset
  readonly recordOffset: number
}

/** Partition -> its committed offset. */
export type PartitionOffsets = Map<number, CommittedOffset>
/** Topic -> partition -> its committed offset. */
export type TopicOffsets = Map<string, PartitionOffsets>

/** One partition of one group. */
export interface OffsetKey {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
}

/** All committed offsets of this broker. */
export class Offsets {
  readonly #groups = new Map<string, TopicOffsets>()
  /** Offset in `__consumer_offsets` of the record each committed offset comes from. */
  readonly #recordOffsets = new WeakMap<CommittedOffset, number>()
  /** Producer id -> what its open transaction will commit, by `keyText`. */
  readonly #pending = new Map<number, Map<string, PendingOffset & { key: OffsetKey }>>()
  #count = 0

  /** Committed offsets of all groups. */
  get count(): number {
    return this.#count
  }

  /** Everything a group committed; undefined when that is nothing. */
  of(groupId: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> | undefined {
    return this.#groups.get(groupId)
  }

  /** Groups with committed offsets. */
  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  find({ groupId, topic, partition }: OffsetKey): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  /** Commits. `recordOffset` is where the log has it. */
  put(key: OffsetKey, committed: CommittedOffset, recordOffset: number): void {
    const topics = entry(this.#groups, key.groupId, () => new Map())
    const partitions = entry(topics, key.topic, () => new Map() as PartitionOffsets)
    if (!partitions.has(key.partition)) this.#count += 1
    partitions.set(key.partition, committed)
    this.#recordOffsets.set(committed, recordOffset)
  }

  /** Forgets one partition, undecided commits included. */
  remove(key: OffsetKey): void {
    const { groupId, topic, partition } = key
    for (const pending of this.#pending.values()) pending.delete(keyText(key))
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (!topics || !partitions?.delete(partition)) return
    this.#count -= 1
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(groupId)
  }

  /** Commits once the producer's transaction does. */
  putPending(
    producerId: number,
    key: OffsetKey,
    committed: CommittedOffset,
    recordOffset: number,
  ): void {
    const pending = entry(this.#pending, producerId, () => new Map())
    pending.set(keyText(key), { key, committed, recordOffset })
  }

  /** The producer's transaction is decided. */
  endTransaction(producerId: number, isCommitted: boolean): void {
    const pending = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (!pending || !isCommitted) return
    for (const { key, committed, recordOffset } of pending.values()) {
      const present = this.find(key)
      const isOlder = present && this.#recordOffsets.get(present)! > recordOffset
      if (!isOlder) this.put(key, committed, recordOffset)
    }
  }

  /** Whether an undecided transaction is about to move this offset. */
  isUnstable(key: OffsetKey): boolean {
    const text = keyText(key)
    for (const pending of this.#pending.values()) {
      if (pending.has(text)) return true
    }
    return false
  }

  /** Whether an undecided transaction has offsets of this group. */
  hasOpenTransaction(groupId: string): boolean {
    for (const pending of this.#pending.values()) {
      for (const { key } of pending.values()) {
        if (key.groupId === groupId) return true
      }
    }
    return false
  }
}

/** When a group's offsets grow old: since the instant given, or since each was committed. */
export interface ExpiryRule {
  readonly sinceMs: number | undefined
  readonly retentionMs: number
}

/** Whether an offset has outlived its retention. */
export function isExpired(committed: CommittedOffset, rule: ExpiryRule, nowMs: number): boolean {
  if (committed.expiresAtMs !== -1) return nowMs >= committed.expiresAtMs
  return nowMs - (rule.sinceMs ?? committed.committedAtMs) >= rule.retentionMs
}

// A topic name has no slash, so the key has one reading whatever the group is called.
function keyText({ groupId, topic, partition }: OffsetKey): string {
  return `${topic}/${partition}/${groupId}`
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
