/**
 * The rebalance of a classic group: calling everybody back, waiting for them, and opening the next
 * generation. Shared by the events that can start or finish one.
 *
 * 1. The join phase ends when nobody is missing, or by the "join" timer: members that did not come
 *    back are expelled, except static ones, whose session decides.
 * 2. The initial rebalance of an empty group ends by its delay only, so that a group of many starts
 *    once and not once per member; each newcomer prolongs it, up to the rebalance timeout.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ClassicGroup } from "./classic-group.ts"
import { NO_ASSIGNMENT, type Turn } from "./effects.ts"
import type { Member } from "./members.ts"

/** Starts a rebalance where the state allows it, else sees whether the running one is over. */
export function rebalanceOrCompleteJoin(group: ClassicGroup, turn: Turn, reason: string): void {
  if (group.state === "PreparingRebalance") completeJoinIfAllJoined(group, turn)
  else prepareRebalance(group, turn, reason)
}

/** Calls everybody back: the join phase begins. */
export function prepareRebalance(group: ClassicGroup, turn: Turn, reason: string): void {
  if (group.state === "CompletingRebalance") {
    refuseSyncs(group, turn, ErrorCode.REBALANCE_IN_PROGRESS)
  }
  group.members.pendingSyncs.clear()
  turn.cancelTimer("sync")
  const isInitial = group.state === "Empty"
  group.transitionTo(turn, "PreparingRebalance")
  turn.note(`rebalance after generation ${group.generationId}: ${reason}`)
  if (isInitial) beginInitialRebalance(group, turn)
  else if (group.members.haveAllJoined) completeJoin(group, turn)
  else turn.setTimer("join", group.members.rebalanceTimeoutMs)
}

/** Ends the join phase when nobody is missing, unless it is the initial one. */
export function completeJoinIfAllJoined(group: ClassicGroup, turn: Turn): void {
  const isRunning = group.state === "PreparingRebalance" && group.previousState !== "Empty"
  if (isRunning && group.members.haveAllJoined) completeJoin(group, turn)
}

/** The "join" timer ran out. */
export function joinPhaseEnded(group: ClassicGroup, turn: Turn): void {
  if (group.state !== "PreparingRebalance") return
  const { initial } = group
  const isInitial = group.previousState === "Empty"
  if (!isInitial || !initial.hasNewMember || initial.remainingMs === 0) {
    completeJoin(group, turn)
    return
  }
  initial.hasNewMember = false
  const delayMs = Math.min(group.limits.initialRebalanceDelayMs, initial.remainingMs)
  initial.remainingMs = Math.max(initial.remainingMs - initial.delayMs, 0)
  initial.delayMs = delayMs
  turn.setTimer("join", delayMs)
}

/** Ends the join phase with whoever is there, and opens the next generation. */
export function completeJoin(group: ClassicGroup, turn: Turn): void {
  const { members } = group
  turn.cancelTimer("join")
  expelAbsentMembers(group, turn)
  if (!members.electJoinedLeader() && members.count > 0) {
    turn.note("nobody rejoined; waiting for another rebalance timeout")
    turn.setTimer("join", members.rebalanceTimeoutMs)
    return
  }
  group.generationId += 1
  members.pendingSyncs.clear()
  if (members.count === 0) {
    becomeEmpty(group, turn)
    return
  }
  group.protocolName = members.selectProtocol()
  group.transitionTo(turn, "CompletingRebalance")
  turn.note(`generation ${group.generationId} has ${members.count} members`)
  for (const member of members.all()) {
    group.answerJoinWaiter(turn, member, group.welcome(member))
    group.restartSession(turn, member)
    member.isNew = false
    members.pendingSyncs.add(member.memberId)
  }
  turn.setTimer("sync", members.rebalanceTimeoutMs)
}

/** Removes a member for good; whatever it waits for is refused. */
export function expel(group: ClassicGroup, turn: Turn, member: Member): void {
  const errorCode = ErrorCode.UNKNOWN_MEMBER_ID
  group.answerJoinWaiter(turn, member, { errorCode })
  group.refuseSyncWaiter(turn, member, errorCode)
  turn.cancelTimer(`session:${member.memberId}`)
  group.members.remove(member.memberId)
}

/** Takes the assignments of this generation back; who waits for one is told why. */
export function refuseSyncs(group: ClassicGroup, turn: Turn, errorCode: ErrorCode): void {
  for (const member of group.members.all()) {
    member.assignment = NO_ASSIGNMENT
    if (!member.syncWaiter) continue
    group.refuseSyncWaiter(turn, member, errorCode)
    group.restartSession(turn, member)
  }
}

/** Ends the group (deleted, or the coordinator closes): everybody who waits is answered. */
export function bury(group: ClassicGroup, turn: Turn, errorCode: ErrorCode): void {
  const { members } = group
  for (const member of members.all()) {
    group.answerJoinWaiter(turn, member, { errorCode, memberId: member.memberId })
    group.refuseSyncWaiter(turn, member, errorCode)
    turn.cancelTimer(`session:${member.memberId}`)
  }
  for (const memberId of members.pendingJoins) turn.cancelTimer(`session:${memberId}`)
  turn.cancelTimer("join")
  turn.cancelTimer("sync")
  group.transitionTo(turn, "Dead")
}

function beginInitialRebalance(group: ClassicGroup, turn: Turn): void {
  const delayMs = group.limits.initialRebalanceDelayMs
  const remainingMs = Math.max(group.members.rebalanceTimeoutMs - delayMs, 0)
  Object.assign(group.initial, { delayMs, remainingMs, hasNewMember: false })
  if (delayMs === 0) completeJoin(group, turn)
  else turn.setTimer("join", delayMs)
}

function expelAbsentMembers(group: ClassicGroup, turn: Turn): void {
  for (const member of [...group.members.all()]) {
    if (member.joinWaiter || member.groupInstanceId !== null) continue
    turn.note(`member ${member.memberId} did not rejoin in time`)
    expel(group, turn, member)
  }
}

function becomeEmpty(group: ClassicGroup, turn: Turn): void {
  group.protocolName = null
  group.transitionTo(turn, "Empty")
  turn.note(`generation ${group.generationId} is empty`)
  turn.store(group.image())
}
