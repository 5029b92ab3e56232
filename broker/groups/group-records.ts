/**
 * Records of `__consumer_offsets` in Kafka's formats, so that Kafka's tools can read them.
 *
 *   key:    type (2) | fields             type 0, 1: committed offset; 2: group
 *   value:  version (2) | fields          null: a tombstone
 *
 * Written are key types 1 and 2, offset values of version 4 and group values of version 3, as Kafka
 * 4 does. Read are all versions of these; records of other kinds of groups are left to others.
 */
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from "../../protocol/embedded/consumer-offsets.ts"
import { decodeVersioned, encodeVersioned } from "../../protocol/embedded/versioned.ts"
import { DecodeError } from "../../protocol/reader.ts"
import type { GroupImage } from "./effects.ts"
import type { CommittedOffset, OffsetKey } from "./offsets.ts"

/** One change of what is known of groups; null takes it back. */
export type GroupRecord =
  | (OffsetKey & { readonly kind: "offset"; readonly committed: CommittedOffset | null })
  | { readonly kind: "group"; readonly groupId: string; readonly image: GroupImage | null }

/** A record that was read, or why it means nothing here. */
export type DecodedGroupRecord =
  | { readonly ok: true; readonly record: GroupRecord }
  | { readonly ok: false; readonly reason: string }

const OFFSET_KEY_TYPE = 1
const GROUP_KEY_TYPE = 2
/** Offsets of clients that still choose a retention of their own need the field of version 1. */
const OFFSET_VALUE_VERSION = 4
const EXPIRING_OFFSET_VALUE_VERSION = 1
const GROUP_VALUE_VERSION = 3

/** Key and value of a record. */
export function encodeGroupRecord(record: GroupRecord): { key: Buffer; value: Buffer | null } {
  if (record.kind === "group") {
    const key = encodeVersioned(GroupMetadataKey, GROUP_KEY_TYPE, { group: record.groupId })
    const { image } = record
    return { key, value: image && encodeVersioned(GroupMetadataValue, GROUP_VALUE_VERSION, image) }
  }
  const { groupId: group, topic, partition, committed } = record
  const key = encodeVersioned(OffsetCommitKey, OFFSET_KEY_TYPE, { group, topic, partition })
  return { key, value: committed && encodeOffset(committed) }
}

/** Reads a record back. */
export function decodeGroupRecord(key: Buffer | null, value: Buffer | null): DecodedGroupRecord {
  if (key === null || key.length < 2) return { ok: false, reason: "a key without type" }
  try {
    const type = key.readInt16BE(0)
    if (type === GROUP_KEY_TYPE) return { ok: true, record: decodeGroup(key, value) }
    if (type >= 0 && type <= OFFSET_KEY_TYPE) return { ok: true, record: decodeOffset(key, value) }
    return { ok: false, reason: `a key of unknown type ${type}` }
  } catch (error) {
    if (error instanceof DecodeError) return { ok: false, reason: error.message }
    throw error
  }
}

function decodeGroup(key: Buffer, value: Buffer | null): GroupRecord {
  const groupId = decodeVersioned(GroupMetadataKey, key).group
  return {
    kind: "group",
    groupId,
    image: value && copyImage(decodeVersioned(GroupMetadataValue, value)),
  }
}

function decodeOffset(key: Buffer, value: Buffer | null): GroupRecord {
  const { group: groupId, topic, partition } = decodeVersioned(OffsetCommitKey, key)
  const at = { kind: "offset", groupId, topic, partition } as const
  if (value === null) return { ...at, committed: null }
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } =
    decodeVersioned(OffsetCommitValue, value)
  const times = { committedAtMs: commitTimestamp, expiresAtMs: expireTimestamp }
  return { ...at, committed: { offset, leaderEpoch, metadata, ...times, topicId } }
}

function encodeOffset(committed: CommittedOffset): Buffer {
  const expires = committed.expiresAtMs !== -1
  return encodeVersioned(
    OffsetCommitValue,
    expires ? EXPIRING_OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION,
    {
      offset: committed.offset,
      leaderEpoch: committed.leaderEpoch,
      metadata: committed.metadata,
      commitTimestamp: committed.committedAtMs,
      expireTimestamp: committed.expiresAtMs,
      topicId: committed.topicId,
    },
  )
}

/** Members' bytes are views of the record: what is kept gets bytes of its own. */
function copyImage(image: GroupImage): GroupImage {
  const members = image.members.map((member) => ({
    ...member,
    subscription: Buffer.from(member.subscription),
    assignment: Buffer.from(member.assignment),
  }))
  return { ...image, members }
}
