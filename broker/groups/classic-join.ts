/**
 * JoinGroup on a classic group: newcomers, returning members, static members in a new process.
 *
 * 1. A client without an id is first given one (MEMBER_ID_REQUIRED, KIP-394), so that a lost answer
 *    does not leave a member nobody is; until it comes back with the id it is pending.
 * 2. A static member (KIP-345) that returns to a Stable group with protocols that change nothing
 *    takes its old place, assignment included, without a rebalance.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ClassicGroup } from "./classic-group.ts"
import {
  completeJoinIfAllJoined,
  prepareRebalance,
  rebalanceOrCompleteJoin,
} from "./classic-rebalance.ts"
import type { JoinWaiter, StoredEvent, Turn } from "./effects.ts"
import { type Member, type MemberProfile, sameProtocols } from "./members.ts"

/** A JoinGroup request; `memberId` is "" for a client that has none yet. */
export interface JoinEvent extends MemberProfile {
  /** The id to give to a client that has none. */
  readonly newMemberId: string
  /** Version 4 and later: a client without an id is given one and asked to come back with it. */
  readonly requiresMemberId: boolean
  /** Version 9 and later: a leader can be told that nothing is to be assigned. */
  readonly canSkipAssignment: boolean
  readonly reason: string
  readonly waiter: JoinWaiter
}

/** A new member's first join may last this long, heartbeats or not (a rebalance can be slow). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
/** Ids given out and not yet used, per group: each costs a timer and a string. */
export const MAX_PENDING_MEMBERS = 10_000

/** Lets a client in, or parks it until the rebalance is over, or says why not. */
export function join(group: ClassicGroup, turn: Turn, event: JoinEvent): void {
  const { memberId } = event
  const errorCode = checkJoin(group, event)
  if (errorCode === ErrorCode.GROUP_MAX_SIZE_REACHED) {
    group.members.remove(memberId)
    turn.cancelTimer(`session:${memberId}`)
    turn.answerJoin(event.waiter, { errorCode })
    return
  }
  if (errorCode !== ErrorCode.NONE) {
    turn.answerJoin(event.waiter, { errorCode, memberId })
    return
  }
  if (memberId === "") joinWithoutId(group, turn, event)
  else if (group.members.pendingJoins.has(memberId)) addMember(group, turn, event, memberId)
  else rejoin(group, turn, event)
}

/** The image with a static member's new id is on disk (NONE), or could not be written. */
export function staticMemberStored(
  group: ClassicGroup,
  turn: Turn,
  event: Extract<StoredEvent, { kind: "static-member" }>,
  failure: ErrorCode,
): void {
  const member = group.members.find(event.newMemberId)
  if (!member) return
  if (failure !== ErrorCode.NONE) {
    undoStaticMember(group, turn, event, failure)
    return
  }
  // A rebalance came between: its end answers.
  if (group.state !== "Stable") return
  const isLeader = group.members.isLeader(member.memberId)
  // A client before version 9 would, as leader, assign anew: it is told who led before it came.
  const answer = event.canSkipAssignment
    ? { ...group.welcome(member), skipAssignment: isLeader }
    : { ...group.welcome(member), members: [], leader: event.undo.leader ?? "" }
  group.answerJoinWaiter(turn, member, answer)
}

function checkJoin(group: ClassicGroup, event: JoinEvent): ErrorCode {
  if (!hasRoom(group, event.memberId)) return ErrorCode.GROUP_MAX_SIZE_REACHED
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (!group.supports(event.protocolType, event.protocols)) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  }
  if (event.memberId === "") return ErrorCode.NONE
  if (!group.members.pendingJoins.has(event.memberId)) return group.checkMember(event)
  // Only dynamic members are ever pending: this id was not given to a static one.
  return event.groupInstanceId === null ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
}

function hasRoom({ members, state, limits }: ClassicGroup, memberId: string): boolean {
  if (memberId === "" && members.pendingJoins.size >= MAX_PENDING_MEMBERS) return false
  if (state === "PreparingRebalance") {
    const isWaiting = members.find(memberId)?.joinWaiter !== undefined
    return isWaiting || members.awaitingJoinCount < limits.maxSize
  }
  if (state === "Empty" || state === "Dead") return true
  return members.has(memberId) || members.count < limits.maxSize
}

function joinWithoutId(group: ClassicGroup, turn: Turn, event: JoinEvent): void {
  const { newMemberId, groupInstanceId } = event
  if (groupInstanceId !== null) {
    const holder = group.members.staticMemberId(groupInstanceId)
    if (holder === undefined) addMember(group, turn, event, newMemberId)
    else replaceStaticMember(group, turn, event, group.members.at(holder))
  } else if (event.requiresMemberId) {
    group.members.pendingJoins.add(newMemberId)
    turn.setTimer(`session:${newMemberId}`, event.sessionTimeoutMs)
    const errorCode = ErrorCode.MEMBER_ID_REQUIRED
    turn.answerJoin(event.waiter, { errorCode, memberId: newMemberId })
  } else {
    addMember(group, turn, event, newMemberId)
  }
}

function addMember(group: ClassicGroup, turn: Turn, event: JoinEvent, memberId: string): void {
  const { members } = group
  if (members.count === 0) group.protocolType = event.protocolType
  const isInitial = group.state === "PreparingRebalance" && group.previousState === "Empty"
  if (isInitial) group.initial.hasNewMember = true
  const { groupInstanceId, clientId, clientHost, protocolType, protocols } = event
  const member = members.add({
    ...{ memberId, groupInstanceId, clientId, clientHost, protocolType, protocols },
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    sessionTimeoutMs: event.sessionTimeoutMs,
  })
  member.isNew = true
  members.setJoinWaiter(member, event.waiter)
  turn.setTimer(`session:${memberId}`, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalanceOrCompleteJoin(group, turn, `member ${memberId} joined: ${event.reason}`)
}

function rejoin(group: ClassicGroup, turn: Turn, event: JoinEvent): void {
  const { memberId, waiter } = event
  const member = group.members.at(memberId)
  const isUnchanged = sameProtocols(member.protocols, event.protocols)
  // A follower of a Stable group that joins again has missed nothing, or its answer got lost; a
  // leader that joins again wants a new assignment (its topics' metadata changed).
  const leadsStableGroup = group.state === "Stable" && group.members.isLeader(memberId)
  if (group.state !== "PreparingRebalance" && isUnchanged && !leadsStableGroup) {
    turn.answerJoin(waiter, group.welcome(member))
    return
  }
  updateMember(group, turn, event, member)
  rebalanceOrCompleteJoin(group, turn, `member ${memberId} joined again: ${event.reason}`)
}

function updateMember(group: ClassicGroup, turn: Turn, event: JoinEvent, member: Member): void {
  // A client that asks again has given up on the first question.
  const errorCode = ErrorCode.REBALANCE_IN_PROGRESS
  group.answerJoinWaiter(turn, member, { errorCode, memberId: member.memberId })
  group.members.setProtocols(member, event.protocols)
  member.rebalanceTimeoutMs = event.rebalanceTimeoutMs
  member.sessionTimeoutMs = event.sessionTimeoutMs
  group.members.setJoinWaiter(member, event.waiter)
}

function replaceStaticMember(group: ClassicGroup, turn: Turn, event: JoinEvent, old: Member): void {
  const undo = {
    memberId: old.memberId,
    leader: group.members.leaderId,
    protocols: old.protocols,
    rebalanceTimeoutMs: old.rebalanceTimeoutMs,
    sessionTimeoutMs: old.sessionTimeoutMs,
  }
  fence(group, turn, old)
  const { newMemberId, canSkipAssignment, groupInstanceId } = event
  const member = group.members.replaceStatic(old, newMemberId)
  updateMember(group, turn, event, member)
  group.restartSession(turn, member)
  const reason = `static member ${groupInstanceId} returned: ${event.reason}`
  if (group.state === "PreparingRebalance") {
    completeJoinIfAllJoined(group, turn)
    return
  }
  if (group.state === "Stable" && group.members.selectProtocol() === group.protocolName) {
    const then = { kind: "static-member", newMemberId, canSkipAssignment, undo } as const
    turn.store(group.image(), then)
    return
  }
  prepareRebalance(group, turn, reason)
}

// The instance id has a new holder: whatever its old process waits for is refused.
function fence(group: ClassicGroup, turn: Turn, member: Member): void {
  const errorCode = ErrorCode.FENCED_INSTANCE_ID
  const { memberId } = member
  group.answerJoinWaiter(turn, member, { errorCode, memberId, protocolName: null })
  group.refuseSyncWaiter(turn, member, errorCode)
  turn.cancelTimer(`session:${memberId}`)
}

function undoStaticMember(
  group: ClassicGroup,
  turn: Turn,
  { newMemberId, undo }: Extract<StoredEvent, { kind: "static-member" }>,
  errorCode: ErrorCode,
): void {
  const member = group.members.at(newMemberId)
  group.answerJoinWaiter(turn, member, { errorCode, leader: undo.leader ?? "" })
  turn.cancelTimer(`session:${newMemberId}`)
  group.members.setProtocols(member, undo.protocols)
  member.rebalanceTimeoutMs = undo.rebalanceTimeoutMs
  member.sessionTimeoutMs = undo.sessionTimeoutMs
  group.restartSession(turn, group.members.replaceStatic(member, undo.memberId))
}
