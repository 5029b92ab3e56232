/**
 * The coordinator of all groups of this broker: answers for groups and committed offsets, writes
 * both to `__consumer_offsets`, and loads them from there.
 *
 * 1. Memory follows the log at once; answers that promise something wait until it is committed, so
 *    nobody is told what a crash can take back.
 * 2. Buffers in requests are views of a frame: what is kept here has been copied by the handlers.
 * 3. While it loads, requests are answered COORDINATOR_LOAD_IN_PROGRESS; once it closes,
 *    NOT_COORDINATOR, parked ones included.
 */
import type { Os, Timer } from "../../native/os.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import type { Catalog } from "../topics/catalog.ts"
import type { ClassicGroup, MemberIdentity } from "./classic-group.ts"
import { type JoinEvent, join } from "./classic-join.ts"
import { heartbeat, leave, resume } from "./classic-session.ts"
import { type SyncEvent, sync } from "./classic-sync.ts"
import { joinAnswer, syncAnswer } from "./effects.ts"
import { appendErrorCode, GroupLog } from "./group-log.ts"
import { defaultGroupOptions, type GroupOptions } from "./group-options.ts"
import type { GroupRecord } from "./group-records.ts"
import { GroupRegistry } from "./group-registry.ts"
import { type CommittedOffset, type OffsetKey, Offsets } from "./offsets.ts"
import { expiredOffsets } from "./retention.ts"

/** Groups known at the same time, empty ones included. */
export const MAX_GROUPS = 1_000_000

/** Where the coordinator says what happens to groups. */
export interface GroupLogger {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** What the coordinator needs of its surroundings. */
export interface CoordinatorOptions {
  readonly os: Os
  readonly catalog: Catalog
  readonly log: GroupLogger
  readonly options?: Partial<GroupOptions>
}

/** A JoinGroup request without what only the coordinator can add. */
export type JoinCall = Omit<JoinEvent, "newMemberId">

/** Offsets that one client commits. */
export interface CommitCall extends MemberIdentity {
  readonly groupId: string
  readonly generationId: number
  /** From version 9 of the request on, an unknown group has an error code of its own. */
  readonly apiVersion: number
  readonly offsets: readonly (OffsetKey & { readonly committed: CommittedOffset })[]
}

type Done = (errorCode: ErrorCode) => void

/** Coordinates classic groups. */
export class GroupCoordinator {
  readonly catalog: Catalog
  readonly options: GroupOptions
  readonly offsets = new Offsets()
  readonly #os: Os
  readonly #log: GroupLogger
  readonly #groupLog: GroupLog
  readonly #groups: GroupRegistry
  #state: "loading" | "open" | "closed" = "loading"
  #retentionTimer: Timer | undefined

  constructor({ os, catalog, log, options }: CoordinatorOptions) {
    this.catalog = catalog
    this.options = { ...defaultGroupOptions, ...options }
    this.#os = os
    this.#log = log
    const { partitionCount, segmentBytes, maxSize, initialRebalanceDelayMs } = this.options
    this.#groupLog = new GroupLog({ os, catalog, partitionCount, segmentBytes })
    this.#groups = new GroupRegistry({
      clock: os.clock,
      limits: { maxSize, initialRebalanceDelayMs },
      note: (group, text) => log.info({ group }, text),
      store: (groupId, image, done) =>
        this.#write(groupId, [{ kind: "group", groupId, image }], done),
      isRemembered: (groupId) => this.offsets.of(groupId) !== undefined,
    })
  }

  /** Loads all groups from `__consumer_offsets`. Once, before the first request. */
  open(): { ok: true } | { ok: false; message: string } {
    const replayed = this.#groupLog.replay({
      record: (record, { producerId, recordOffset }) =>
        this.#apply(record, producerId, recordOffset),
      endTransaction: (producerId, isCommitted) =>
        this.offsets.endTransaction(producerId, isCommitted),
      skipped: (partition, offset, reason) =>
        this.#log.warn({ partition, offset, reason }, "skipped a record of __consumer_offsets"),
    })
    if (!replayed.ok) return replayed
    this.#state = "open"
    for (const group of [...this.groups()]) {
      this.#groups.event(group, (turn) => resume(group, turn))
    }
    const counts = { groups: this.#groups.count, offsets: this.offsets.count }
    if (counts.groups > 0) this.#log.info(counts, "loaded groups")
    this.#scheduleRetention()
    return { ok: true }
  }

  /** Answers everybody who waits, and stops. May be called twice. */
  close(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#retentionTimer?.cancel()
    this.#groups.close(ErrorCode.NOT_COORDINATOR)
  }

  /** Makes `__consumer_offsets` when it is not there: NONE, or why it could not be made. */
  async prepare(): Promise<ErrorCode> {
    const isReady = await this.#groupLog.prepare()
    return isReady ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE
  }

  /** Index of the partition of `__consumer_offsets` that a group's records are in. */
  partitionFor(groupId: string): number {
    return this.#groupLog.partitionFor(groupId)
  }

  /** The wall clock, for what is committed now. */
  nowMs(): number {
    return this.#os.clock.nowMs()
  }

  /** NONE when requests are served. */
  check(): ErrorCode {
    if (this.#state === "loading") return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    return this.#state === "closed" ? ErrorCode.NOT_COORDINATOR : ErrorCode.NONE
  }

  /** NONE when requests of members of this group are served. */
  checkGroup(groupId: string): ErrorCode {
    const errorCode = this.check()
    if (errorCode !== ErrorCode.NONE) return errorCode
    return groupId === "" ? ErrorCode.INVALID_GROUP_ID : ErrorCode.NONE
  }

  find(groupId: string): ClassicGroup | undefined {
    return this.#groups.find(groupId)
  }

  groups(): Iterable<ClassicGroup> {
    return this.#groups.all()
  }

  /** JoinGroup: the call's waiter is answered now or when the rebalance is over. */
  join(groupId: string, call: JoinCall): void {
    const errorCode = this.#checkJoin(groupId, call)
    if (errorCode !== ErrorCode.NONE) {
      this.#refuseJoin(call, errorCode)
      return
    }
    this.#whenReady((failure) => {
      if (failure !== ErrorCode.NONE) return this.#refuseJoin(call, failure)
      const group = this.#groups.ensure(groupId)
      const newMemberId = `${call.groupInstanceId ?? call.clientId}-${this.#newUuid()}`
      this.#groups.event(group, (turn) => join(group, turn, { ...call, newMemberId }))
    })
  }

  /** SyncGroup: the event's waiter is answered now or when the leader has brought assignments. */
  sync(groupId: string, event: SyncEvent): void {
    const errorCode = this.checkGroup(groupId)
    const group = this.find(groupId)
    if (errorCode === ErrorCode.NONE && group) {
      this.#groups.event(group, (turn) => sync(group, turn, event))
      return
    }
    event.waiter(syncAnswer({ errorCode: errorCode || ErrorCode.UNKNOWN_MEMBER_ID }))
  }

  heartbeat(groupId: string, identity: MemberIdentity, generationId: number): ErrorCode {
    // A member must not leave over this: loading is short, and its session is not running yet.
    if (this.#state === "loading") return ErrorCode.NONE
    const errorCode = this.checkGroup(groupId)
    if (errorCode !== ErrorCode.NONE) return errorCode
    const group = this.find(groupId)
    if (!group) return ErrorCode.UNKNOWN_MEMBER_ID
    return this.#groups.event(group, (turn) => heartbeat(group, turn, identity, generationId))
  }

  /** LeaveGroup: an error code per member. The group was checked. */
  leave(groupId: string, identities: readonly MemberIdentity[], reason: string): ErrorCode[] {
    const group = this.find(groupId)
    if (!group) return identities.map(() => ErrorCode.UNKNOWN_MEMBER_ID)
    return this.#groups.event(group, (turn) => leave(group, turn, identities, reason))
  }

  /** Commits offsets: `done` gets NONE once they are safe, or one error code for all of them. */
  commit(call: CommitCall, done: Done): void {
    const errorCode = this.#checkCommit(call)
    if (errorCode !== ErrorCode.NONE) {
      done(errorCode)
      return
    }
    this.#whenReady((failure) => {
      if (failure !== ErrorCode.NONE) return done(failure)
      const records = call.offsets.map((offset) => ({ kind: "offset", ...offset }) as const)
      this.#write(call.groupId, records, done)
    })
  }

  /** Calls `done` with NONE once everything committed for this group up to now is safe. */
  whenSettled(groupId: string, done: Done): void {
    this.#groupLog.whenCommitted(groupId, done)
  }

  /** Forgets committed offsets. */
  removeOffsets(groupId: string, keys: readonly OffsetKey[], done: Done): void {
    const known = keys.filter((key) => this.offsets.find(key) || this.offsets.isUnstable(key))
    this.#write(groupId, known.map(tombstone), done)
  }

  /** Deletes an empty group with its offsets. */
  remove(groupId: string, done: Done): void {
    const group = this.find(groupId)
    if (!group) {
      done(ErrorCode.GROUP_ID_NOT_FOUND)
      return
    }
    if (group.state !== "Empty") {
      done(ErrorCode.NON_EMPTY_GROUP)
      return
    }
    const records = this.#offsetKeys(groupId).map(tombstone)
    this.#write(groupId, [...records, { kind: "group", groupId, image: null }], done)
  }

  /** A topic was deleted: nobody's offsets in it mean anything any more. */
  forgetTopic(topic: string): void {
    for (const groupId of [...this.offsets.groupIds()]) {
      const keys = this.#offsetKeys(groupId).filter((key) => key.topic === topic)
      if (keys.length > 0) this.removeOffsets(groupId, keys, () => undefined)
    }
  }

  /** Removes offsets past their retention, and empty groups that have none left. */
  removeExpired(): void {
    const nowMs = this.#os.clock.nowMs()
    for (const group of [...this.groups()]) {
      const expired = expiredOffsets(group, this.offsets, this.options.offsetRetentionMs, nowMs)
      const records = expired.keys.map(tombstone)
      if (expired.isAll && group.state === "Empty") {
        records.push({ kind: "group", groupId: group.id, image: null })
      }
      this.#write(group.id, records, () => undefined)
    }
  }

  #checkJoin(groupId: string, call: JoinCall): ErrorCode {
    const errorCode = this.checkGroup(groupId)
    if (errorCode !== ErrorCode.NONE) return errorCode
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.options
    const isInRange =
      call.sessionTimeoutMs >= minSessionTimeoutMs && call.sessionTimeoutMs <= maxSessionTimeoutMs
    if (!isInRange) return ErrorCode.INVALID_SESSION_TIMEOUT
    if (this.find(groupId)) return ErrorCode.NONE
    if (call.memberId !== "") return ErrorCode.UNKNOWN_MEMBER_ID
    return this.#groups.count < MAX_GROUPS ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE
  }

  #checkCommit(call: CommitCall): ErrorCode {
    const errorCode = this.check()
    if (errorCode !== ErrorCode.NONE) return errorCode
    const group = this.find(call.groupId)
    if (!group && call.generationId >= 0) {
      return call.apiVersion >= 9 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION
    }
    if (!group) {
      const hasRoom = this.#groups.count < MAX_GROUPS
      return hasRoom ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    const refusal = group.checkCommit(call, call.generationId)
    const member = group.members.find(call.memberId)
    if (refusal === ErrorCode.NONE && member) {
      // Committing is a sign of life.
      this.#groups.event(group, (turn) => group.restartSession(turn, member))
    }
    return refusal
  }

  #refuseJoin(call: JoinCall, errorCode: ErrorCode): void {
    call.waiter(joinAnswer({ errorCode, memberId: call.memberId }))
  }

  /** Calls back at once when `__consumer_offsets` is there, else after making it. */
  #whenReady(done: Done): void {
    if (this.#groupLog.isReady) {
      done(ErrorCode.NONE)
      return
    }
    this.prepare().then((errorCode) => done(errorCode || this.check()))
  }

  /** Appends records, applies them to memory, and calls back when they are safe. */
  #write(groupId: string, records: readonly GroupRecord[], done: Done): void {
    if (records.length === 0) {
      done(ErrorCode.NONE)
      return
    }
    const appended = this.#groupLog.append(groupId, records)
    if (!appended.ok) {
      this.#log.error({ groupId, reason: appended.reason }, "cannot write to __consumer_offsets")
      done(appendErrorCode(appended.reason))
      return
    }
    for (const [index, record] of records.entries()) {
      this.#apply(record, -1, appended.baseOffset + index)
    }
    this.#groupLog.whenCommitted(groupId, done)
  }

  #apply(record: GroupRecord, producerId: number, recordOffset: number): void {
    if (record.kind === "offset") {
      if (record.committed === null) {
        this.offsets.remove(record)
        return
      }
      this.#groups.ensure(record.groupId)
      if (producerId === -1) this.offsets.put(record, record.committed, recordOffset)
      else this.offsets.putPending(producerId, record, record.committed, recordOffset)
    } else if (record.image === null) {
      this.#groups.forget(record.groupId, ErrorCode.COORDINATOR_NOT_AVAILABLE)
    } else if (this.#state === "loading") {
      this.#groups.restore(record.groupId, record.image)
    }
  }

  #offsetKeys(groupId: string): OffsetKey[] {
    const keys: OffsetKey[] = []
    for (const [topic, partitions] of this.offsets.of(groupId) ?? []) {
      for (const partition of partitions.keys()) keys.push({ groupId, topic, partition })
    }
    return keys
  }

  #scheduleRetention(): void {
    const { retentionCheckIntervalMs } = this.options
    this.#retentionTimer = this.#os.clock.after(retentionCheckIntervalMs, () => {
      this.removeExpired()
      this.#scheduleRetention()
    })
  }

  /** A random UUID (version 4). */
  #newUuid(): string {
    const bytes = this.#os.random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = bytes.toString("hex")
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join("-")
  }
}

/** The record that takes a committed offset back. */
function tombstone(key: OffsetKey): GroupRecord {
  return { kind: "offset", ...key, committed: null }
}
