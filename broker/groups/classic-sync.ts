/**
 * SyncGroup on a classic group: the leader brings the assignments, everybody fetches theirs.
 *
 * 1. Assignments are handed out only after the image that holds them is stored: a generation that
 *    a crash could forget is told to nobody.
 * 2. What comes back from storing an older generation changes nothing.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ClassicGroup, MemberIdentity } from "./classic-group.ts"
import {
  expel,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  refuseSyncs,
} from "./classic-rebalance.ts"
import {
  NO_ASSIGNMENT,
  type StoredEvent,
  type SyncAnswer,
  type SyncWaiter,
  type Turn,
} from "./effects.ts"
import type { Member } from "./members.ts"

/** A SyncGroup request; `assignments` is filled by the leader only. */
export interface SyncEvent extends MemberIdentity {
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
  readonly waiter: SyncWaiter
}

/** Answers with the assignment, now or when the leader has brought it. */
export function sync(group: ClassicGroup, turn: Turn, event: SyncEvent): void {
  const errorCode = checkSync(group, event)
  if (errorCode !== ErrorCode.NONE) {
    turn.answerSync(event.waiter, { errorCode })
    return
  }
  const { members } = group
  const member = members.at(event.memberId)
  members.pendingSyncs.delete(member.memberId)
  if (members.pendingSyncs.size === 0) turn.cancelTimer("sync")
  if (group.state === "Stable") {
    group.restartSession(turn, member)
    turn.answerSync(event.waiter, assignmentOf(group, member))
    return
  }
  // A client that asks again has given up on the first question.
  group.refuseSyncWaiter(turn, member, ErrorCode.REBALANCE_IN_PROGRESS)
  member.syncWaiter = event.waiter
  if (!members.isLeader(member.memberId)) return
  const { generationId } = group
  const { assignments } = event
  turn.store(group.image(assignments), { kind: "assignment", generationId, assignments })
}

/** The assignments are on disk (NONE), or could not be written. */
export function assignmentStored(
  group: ClassicGroup,
  turn: Turn,
  event: Extract<StoredEvent, { kind: "assignment" }>,
  failure: ErrorCode,
): void {
  if (group.state !== "CompletingRebalance" || event.generationId !== group.generationId) return
  if (failure !== ErrorCode.NONE) {
    refuseSyncs(group, turn, failure)
    rebalanceOrCompleteJoin(group, turn, "the assignment could not be stored")
    return
  }
  for (const member of group.members.all()) {
    member.assignment = event.assignments.get(member.memberId) ?? NO_ASSIGNMENT
    if (!member.syncWaiter) continue
    turn.answerSync(member.syncWaiter, assignmentOf(group, member))
    member.syncWaiter = undefined
    group.restartSession(turn, member)
  }
  group.transitionTo(turn, "Stable")
}

/** The "sync" timer ran out: who has not asked for its assignment is out. */
export function syncPhaseEnded(group: ClassicGroup, turn: Turn): void {
  const late = [...group.members.pendingSyncs]
  if (late.length === 0) return
  if (group.state !== "CompletingRebalance" && group.state !== "Stable") return
  for (const memberId of late) expel(group, turn, group.members.at(memberId))
  prepareRebalance(group, turn, `${late.length} members did not sync in time`)
}

function checkSync(group: ClassicGroup, event: SyncEvent): ErrorCode {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (group.state === "Empty") return ErrorCode.UNKNOWN_MEMBER_ID
  const errorCode = group.checkMember(event)
  if (errorCode !== ErrorCode.NONE) return errorCode
  if (event.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  const isInconsistent =
    differs(event.protocolType, group.protocolType) ||
    differs(event.protocolName, group.protocolName)
  if (isInconsistent) return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  if (group.state === "PreparingRebalance") return ErrorCode.REBALANCE_IN_PROGRESS
  return ErrorCode.NONE
}

function differs(said: string | null, known: string | null): boolean {
  return said !== null && known !== null && said !== known
}

function assignmentOf(group: ClassicGroup, member: Member): Partial<SyncAnswer> {
  const { protocolType, protocolName } = group
  return { protocolType, protocolName, assignment: member.assignment }
}
