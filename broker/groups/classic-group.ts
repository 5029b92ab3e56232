/**
 * One classic consumer group: its state, what may follow what, and the questions others ask of it.
 * The events that move it are functions of a file each; all leave effects in a `Turn` (effects.ts).
 *
 *   Empty -> PreparingRebalance -> CompletingRebalance -> Stable        (any of them -> Dead)
 *              ^         |  all left: Empty     |           |
 *              +---------+----------------------+-----------+  a member joins, leaves, fails
 *
 *   classic-join.ts, classic-sync.ts, classic-session.ts (heartbeat, leave, time-outs) and what
 *   they share: classic-rebalance.ts
 *
 * 1. None of them performs I/O, keeps a timer or reads a clock: the instant comes with the `Turn`.
 * 2. Whoever is removed or replaced is answered first: no waiter outlives its member.
 */
import { strict as assert } from "node:assert"
import { ErrorCode } from "../../protocol/errors.ts"
import { type GroupImage, type JoinAnswer, NO_ASSIGNMENT, type Turn } from "./effects.ts"
import { type Member, Members, metadataFor } from "./members.ts"

/** States of a classic group, spelled as Kafka's tools print them. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead"

/** The broker's limits and delays for groups. */
export interface GroupLimits {
  /** group.max.size */
  readonly maxSize: number
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
}

/** Who sends a request of an established member. */
export interface MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

const predecessors: Record<GroupState, readonly GroupState[]> = {
  Empty: ["PreparingRebalance"],
  PreparingRebalance: ["Stable", "CompletingRebalance", "Empty"],
  CompletingRebalance: ["PreparingRebalance"],
  Stable: ["CompletingRebalance"],
  Dead: ["Stable", "PreparingRebalance", "CompletingRebalance", "Empty"],
}

/** State of one classic consumer group. */
export class ClassicGroup {
  readonly id: string
  readonly limits: GroupLimits
  members = new Members()
  state: GroupState = "Empty"
  previousState: GroupState = "Dead"
  generationId = 0
  protocolType: string | null = null
  protocolName: string | null = null
  /** When the state last changed; -1 when an old record did not say. */
  stateChangedAtMs: number
  /** The initial rebalance: what its delay was last, what may still be added, and whether a member
   *  came since. */
  readonly initial = { delayMs: 0, remainingMs: 0, hasNewMember: false }

  constructor(id: string, limits: GroupLimits, nowMs: number) {
    this.id = id
    this.limits = limits
    this.stateChangedAtMs = nowMs
  }

  /** A group as `__consumer_offsets` remembers it. */
  static restore(id: string, limits: GroupLimits, image: GroupImage): ClassicGroup {
    const group = new ClassicGroup(id, limits, image.currentStateTimestamp)
    group.members = new Members(image.leader)
    group.generationId = image.generation
    group.protocolType = image.protocolType === "" ? null : image.protocolType
    group.protocolName = image.protocol
    group.state = image.members.length === 0 ? "Empty" : "Stable"
    for (const member of image.members) {
      const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout } = member
      const profile = {
        ...{ memberId, groupInstanceId, clientId, clientHost },
        protocolType: image.protocolType,
        protocols: [{ name: image.protocol ?? "", metadata: member.subscription }],
        sessionTimeoutMs: sessionTimeout,
        rebalanceTimeoutMs:
          member.rebalanceTimeout === -1 ? sessionTimeout : member.rebalanceTimeout,
      }
      group.members.add(profile, member.assignment)
    }
    return group
  }

  /** What `__consumer_offsets` is to remember; with the assignments given, else those in force. */
  image(assignments?: ReadonlyMap<string, Buffer>): GroupImage {
    const protocol = this.protocolName
    const assignmentOf = (member: Member): Buffer =>
      assignments ? (assignments.get(member.memberId) ?? NO_ASSIGNMENT) : member.assignment
    return {
      protocolType: this.protocolType ?? "",
      generation: this.generationId,
      protocol,
      leader: this.members.leaderId,
      currentStateTimestamp: this.stateChangedAtMs,
      members: Array.from(this.members.all(), (member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: metadataFor(member, protocol ?? ""),
        assignment: assignmentOf(member),
      })),
    }
  }

  /** Nobody is in it and nobody is expected. */
  get isVacant(): boolean {
    return this.state === "Empty" && this.members.pendingJoins.size === 0
  }

  /** Whether the group can hold these protocols' speaker. */
  supports(protocolType: string, protocols: Member["protocols"]): boolean {
    if (this.state === "Empty") return protocolType !== "" && protocols.length > 0
    return this.protocolType === protocolType && this.members.supportAny(protocols)
  }

  /** NONE when this member is in the group and holds its instance id. */
  checkMember({ memberId, groupInstanceId }: MemberIdentity): ErrorCode {
    if (groupInstanceId !== null) {
      const holder = this.members.staticMemberId(groupInstanceId)
      if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
      if (holder !== memberId) return ErrorCode.FENCED_INSTANCE_ID
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
  }

  /** NONE when this member may commit offsets now (a negative generation: no member at all). */
  checkCommit(identity: MemberIdentity, generationId: number, isTransactional = false): ErrorCode {
    if (this.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (generationId < 0 && this.state === "Empty") return ErrorCode.NONE
    if (generationId >= 0 || identity.memberId !== "" || identity.groupInstanceId !== null) {
      const errorCode = this.checkMember(identity)
      if (errorCode !== ErrorCode.NONE) return errorCode
      if (generationId !== this.generationId) return ErrorCode.ILLEGAL_GENERATION
    } else if (!isTransactional && this.state !== "Empty") {
      return ErrorCode.UNKNOWN_MEMBER_ID
    }
    const mustWait = !isTransactional && this.state === "CompletingRebalance"
    return mustWait ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
  }

  /** Moves on; a transition the diagram does not have is a bug. */
  transitionTo(turn: Turn, state: GroupState): void {
    assert(predecessors[state].includes(this.state), `${this.state} -> ${state}`)
    this.previousState = this.state
    this.state = state
    this.stateChangedAtMs = turn.nowMs
  }

  /** Gives a member another full session. */
  restartSession(turn: Turn, member: Member): void {
    turn.setTimer(`session:${member.memberId}`, member.sessionTimeoutMs)
  }

  /** Answers the join a member waits for, if it waits. */
  answerJoinWaiter(turn: Turn, member: Member, answer: Partial<JoinAnswer>): void {
    if (!member.joinWaiter) return
    turn.answerJoin(member.joinWaiter, answer)
    this.members.setJoinWaiter(member, undefined)
  }

  /** Refuses the sync a member waits for, if it waits. */
  refuseSyncWaiter(turn: Turn, member: Member, errorCode: ErrorCode): void {
    if (member.syncWaiter) turn.answerSync(member.syncWaiter, { errorCode })
    member.syncWaiter = undefined
  }

  /** The answer that lets a member into the present generation; the leader gets the roster. */
  welcome(member: Member): Partial<JoinAnswer> {
    const isLeader = this.members.isLeader(member.memberId)
    return {
      memberId: member.memberId,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.members.leaderId ?? "",
      members: isLeader ? this.#roster() : [],
    }
  }

  #roster(): JoinAnswer["members"] {
    const protocolName = this.protocolName ?? ""
    return Array.from(this.members.all(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: metadataFor(member, protocolName),
    }))
  }
}
