/**
 * How members of a classic group stay and go: Heartbeat, LeaveGroup, the end of a session, and the
 * full session everybody gets after a restart of the broker. A closed connection is none of these.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ClassicGroup, MemberIdentity } from "./classic-group.ts"
import {
  completeJoin,
  completeJoinIfAllJoined,
  expel,
  prepareRebalance,
  rebalanceOrCompleteJoin,
} from "./classic-rebalance.ts"
import type { Turn } from "./effects.ts"

/** Heartbeat: extends the session; tells of a rebalance. */
export function heartbeat(
  group: ClassicGroup,
  turn: Turn,
  identity: MemberIdentity,
  generationId: number,
): ErrorCode {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const errorCode = group.checkMember(identity)
  if (errorCode !== ErrorCode.NONE) return errorCode
  if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  group.restartSession(turn, group.members.at(identity.memberId))
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

/** LeaveGroup: one error code per member, in order; then at most one rebalance for all. */
export function leave(
  group: ClassicGroup,
  turn: Turn,
  identities: readonly MemberIdentity[],
  reason: string,
): ErrorCode[] {
  const errorCodes = identities.map((identity) => leaveOne(group, turn, identity))
  if (!errorCodes.includes(ErrorCode.NONE)) return errorCodes
  if (group.state === "PreparingRebalance") completeJoinIfAllJoined(group, turn)
  else if (group.state !== "Empty") rebalanceOrCompleteJoin(group, turn, `left: ${reason}`)
  return errorCodes
}

/** A member's session ran out, or the time a pending member had to come back with its id. */
export function sessionEnded(group: ClassicGroup, turn: Turn, memberId: string): void {
  const member = group.members.find(memberId)
  if (!member) {
    if (!group.members.pendingJoins.has(memberId)) return
    turn.note(`pending member ${memberId} did not come back`)
    group.members.remove(memberId)
    completeJoinIfNobodyIsMissing(group, turn)
    return
  }
  // Whoever waits for us has sent its request and cannot heartbeat: that counts as alive.
  if (!member.isNew && (member.joinWaiter || member.syncWaiter)) return
  turn.note(`session of member ${memberId} timed out`)
  expel(group, turn, member)
  if (group.state === "PreparingRebalance") completeJoinIfNobodyIsMissing(group, turn)
  else prepareRebalance(group, turn, `session of ${memberId} timed out`)
}

/** After loading: every member gets a full session to report back. */
export function resume(group: ClassicGroup, turn: Turn): void {
  for (const member of group.members.all()) group.restartSession(turn, member)
  if (group.members.count > group.limits.maxSize) {
    prepareRebalance(group, turn, `${group.members.count} members are over group.max.size`)
  }
}

// Unlike `completeJoinIfAllJoined` this ends an initial rebalance too: its members are waiting for
// one that will not come.
function completeJoinIfNobodyIsMissing(group: ClassicGroup, turn: Turn): void {
  const isRunning = group.state === "PreparingRebalance"
  if (isRunning && group.members.haveAllJoined) completeJoin(group, turn)
}

function leaveOne(group: ClassicGroup, turn: Turn, identity: MemberIdentity): ErrorCode {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const { members } = group
  let { memberId } = identity
  if (memberId === "") {
    // An administrator removes a static member by its instance id alone.
    const holder = members.staticMemberId(identity.groupInstanceId ?? "")
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    memberId = holder
  } else if (members.pendingJoins.has(memberId)) {
    members.remove(memberId)
    turn.cancelTimer(`session:${memberId}`)
    return ErrorCode.NONE
  } else {
    const errorCode = group.checkMember(identity)
    if (errorCode !== ErrorCode.NONE) return errorCode
  }
  expel(group, turn, members.at(memberId))
  return ErrorCode.NONE
}
