/**
 * The members of one classic group: who is in, who is expected, who leads, what all of them speak.
 *
 * 1. Every static instance id maps to the one member that holds it now.
 * 2. `awaitingJoinCount` is the number of members with a join waiter; only this file sets waiters
 *    of joins, so that the count is always true.
 * 3. Iteration is in order of joining, so that who becomes leader next is no accident.
 */
import { strict as assert } from "node:assert"
import { type JoinWaiter, NO_ASSIGNMENT, type SyncWaiter } from "./effects.ts"

/** A protocol (assignor) a member can follow, with the member's bytes for it. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** What a joining client says about itself. */
export interface MemberProfile {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  protocols: readonly MemberProtocol[]
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
}

/** A member of a group. */
export interface Member extends MemberProfile {
  assignment: Buffer
  /** Joined, and no rebalance has completed since. */
  isNew: boolean
  /** Written by `Members.setJoinWaiter` only, which counts. */
  joinWaiter: JoinWaiter | undefined
  syncWaiter: SyncWaiter | undefined
}

/** The membership of one group. */
export class Members {
  leaderId: string | null
  /** Ids handed out with MEMBER_ID_REQUIRED whose owners have not come back with them yet. */
  readonly pendingJoins = new Set<string>()
  /** Members of the present generation that have not sent SyncGroup yet. */
  readonly pendingSyncs = new Set<string>()
  readonly #members = new Map<string, Member>()
  readonly #staticIds = new Map<string, string>()
  readonly #supporters = new Map<string, number>()
  #awaitingJoinCount = 0

  constructor(leaderId: string | null = null) {
    this.leaderId = leaderId
  }

  get count(): number {
    return this.#members.size
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount
  }

  get staticCount(): number {
    return this.#staticIds.size
  }

  /** Whether nobody is missing: every member waits for the join to end, no id is outstanding. */
  get haveAllJoined(): boolean {
    return this.#members.size === this.#awaitingJoinCount && this.pendingJoins.size === 0
  }

  /** The longest rebalance timeout among the members: the group waits for its slowest. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.#members.values()) {
      longest = Math.max(longest, member.rebalanceTimeoutMs)
    }
    return longest
  }

  all(): IterableIterator<Member> {
    return this.#members.values()
  }

  has(memberId: string): boolean {
    return this.#members.has(memberId)
  }

  find(memberId: string): Member | undefined {
    return this.#members.get(memberId)
  }

  /** The member of this id, which must exist. */
  at(memberId: string): Member {
    const member = this.#members.get(memberId)
    assert(member, "member exists")
    return member
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticIds.get(groupInstanceId)
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  /** Adds a member that must not be there yet; the first one leads. */
  add(profile: MemberProfile, assignment: Buffer = NO_ASSIGNMENT): Member {
    assert(!this.#members.has(profile.memberId), "member is new")
    if (profile.groupInstanceId !== null) {
      assert(!this.#staticIds.has(profile.groupInstanceId), "instance id is free")
      this.#staticIds.set(profile.groupInstanceId, profile.memberId)
    }
    const member: Member = {
      ...profile,
      assignment,
      isNew: false,
      joinWaiter: undefined,
      syncWaiter: undefined,
    }
    this.#members.set(member.memberId, member)
    this.#countProtocols(member, 1)
    this.leaderId ??= member.memberId
    this.pendingJoins.delete(member.memberId)
    return member
  }

  /** Removes a member or a pending id; the longest-standing remaining member inherits the lead. */
  remove(memberId: string): void {
    this.pendingJoins.delete(memberId)
    this.pendingSyncs.delete(memberId)
    const member = this.#members.get(memberId)
    if (member) {
      this.setJoinWaiter(member, undefined)
      this.#members.delete(memberId)
      this.#countProtocols(member, -1)
      if (member.groupInstanceId !== null) this.#staticIds.delete(member.groupInstanceId)
    }
    if (this.leaderId === memberId) this.leaderId = this.#members.keys().next().value ?? null
  }

  /** Gives a static member a new id; assignment, protocols and lead pass on, waiters do not. */
  replaceStatic(old: Member, newMemberId: string): Member {
    assert(old.groupInstanceId !== null, "member is static")
    const wasLeader = this.isLeader(old.memberId)
    this.setJoinWaiter(old, undefined)
    this.#members.delete(old.memberId)
    this.pendingSyncs.delete(old.memberId)
    const member: Member = { ...old, memberId: newMemberId, isNew: false, syncWaiter: undefined }
    this.#members.set(newMemberId, member)
    this.#staticIds.set(old.groupInstanceId, newMemberId)
    if (wasLeader) this.leaderId = newMemberId
    return member
  }

  /** Sets who waits for the end of the join phase on behalf of a member, or that nobody does. */
  setJoinWaiter(member: Member, waiter: JoinWaiter | undefined): void {
    if (waiter && !member.joinWaiter) this.#awaitingJoinCount += 1
    if (!waiter && member.joinWaiter) this.#awaitingJoinCount -= 1
    member.joinWaiter = waiter
  }

  /** Replaces what a member said about its protocols. */
  setProtocols(member: Member, protocols: readonly MemberProtocol[]): void {
    this.#countProtocols(member, -1)
    member.protocols = protocols
    this.#countProtocols(member, 1)
  }

  /** Whether at least one of these protocols is spoken by every member. */
  supportAny(protocols: readonly MemberProtocol[]): boolean {
    return protocols.some(
      (protocol) => (this.#supporters.get(protocol.name) ?? 0) === this.#members.size,
    )
  }

  /** The protocol most members prefer among those all of them speak. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const member of this.#members.values()) {
      const choice = member.protocols.find(
        (protocol) => this.#supporters.get(protocol.name) === this.#members.size,
      )
      assert(choice, "some protocol is spoken by all members")
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    let selected: string | undefined
    for (const [name, count] of votes) {
      if (selected === undefined || count > votes.get(selected)!) selected = name
    }
    assert(selected !== undefined, "a group without members selects no protocol")
    return selected
  }

  /** Makes sure the leader is one that joined this time. False when nobody did. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.at(this.leaderId).joinWaiter) return true
    for (const member of this.#members.values()) {
      if (member.joinWaiter) {
        this.leaderId = member.memberId
        return true
      }
    }
    return false
  }

  #countProtocols(member: Member, change: 1 | -1): void {
    for (const { name } of member.protocols) {
      const count = (this.#supporters.get(name) ?? 0) + change
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }
}

/** Whether two lists name the same protocols with the same bytes in the same order. */
export function sameProtocols(
  left: readonly MemberProtocol[],
  right: readonly MemberProtocol[],
): boolean {
  if (left.length !== right.length) return false
  return left.every((protocol, index) => {
    const other = right[index]!
    return protocol.name === other.name && protocol.metadata.equals(other.metadata)
  })
}

/** The bytes a member gave for a protocol. */
export function metadataFor(member: MemberProfile, protocolName: string): Buffer {
  const protocol = member.protocols.find((candidate) => candidate.name === protocolName)
  assert(protocol, "member speaks the group's protocol")
  return protocol.metadata
}
