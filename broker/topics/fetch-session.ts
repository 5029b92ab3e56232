/**
 * Incremental fetch (KIP-227): the broker remembers which partitions a client follows and what it
 * told about them, so that requests and replies carry only what changed.
 *
 *   request                       epoch       meaning
 *   no session, no wish for one   id 0, -1    sessionless: everything is in the request
 *   new session                   0           everything is in the request; the reply names the id
 *   incremental                   1, 2, ...   changes only; the epoch must be the one expected
 *   close                         id, -1      the session ends; answered like a sessionless one
 *
 * 1. Sessions and the partitions in them are limited; a client that gets no session (id 0 in the
 *    reply) goes on with full requests.
 * 2. Partitions that gave records move behind those that did not, so that none starves.
 */
import type { Clock, Random } from "../../native/os.ts"
import type { Partition } from "./partition.ts"

/** A partition as one reader follows it. */
export interface FetchTarget {
  /** Empty when the request names topics by id. */
  readonly topic: string
  readonly topicId: string
  readonly index: number
  fetchOffset: number
  currentLeaderEpoch: number
  maxBytes: number
  /** Where it was found; looked up again once that is deleted. */
  partition: Partition | undefined
  /** What the session's client was told last; -1: nothing, or an error. */
  toldHighWatermark: number
  toldLogStartOffset: number
}

/** Why a request does not fit the sessions. */
export type SessionFailure = "session-not-found" | "invalid-session-epoch" | "topic-id-mismatch"

/** Partitions of all sessions together. */
export const MAX_SESSION_PARTITIONS = 200_000
/** A session unused for this long gives way to a new one; one this old may, to a larger one. */
const EVICTION_MS = 120_000
const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1
const MAX_EPOCH = 0x7fffffff

/** What a client follows, by `topic:index` or `topicId:index`, in the order it is read. */
export class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly createdAt: number
  readonly targets = new Map<string, FetchTarget>()
  usedAt: number
  /** The epoch the next request must have. */
  epoch = INITIAL_EPOCH + 1

  constructor(id: number, usesTopicIds: boolean, nowMs: number) {
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.createdAt = this.usedAt = nowMs
  }
}

/** What a Fetch request says about sessions. */
export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly usesTopicIds: boolean
  readonly targets: FetchTarget[]
  readonly forgotten: string[]
}

/** What a Fetch request is to read, and in which session. */
export type FetchScope =
  | { kind: "sessionless"; targets: FetchTarget[] }
  | { kind: "full"; targets: FetchTarget[]; usesTopicIds: boolean }
  | { kind: "incremental"; session: FetchSession; epoch: number }

/** All sessions, least recently used first. */
export class FetchSessions {
  readonly #clock: Clock
  readonly #random: Random
  readonly #maxSessions: number
  readonly #sessions = new Map<number, FetchSession>()
  #partitionCount = 0

  constructor(os: { clock: Clock; random: Random }, maxSessions: number) {
    this.#clock = os.clock
    this.#random = os.random
    this.#maxSessions = maxSessions
  }

  /** Open sessions. */
  get count(): number {
    return this.#sessions.size
  }

  /** Partitions of all sessions. */
  get partitionCount(): number {
    return this.#partitionCount
  }

  /** Finds out what a request is to read; updates its session. */
  begin(request: SessionRequest): { ok: true; scope: FetchScope } | RefusedSession {
    const { sessionId, sessionEpoch, usesTopicIds, targets } = request
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
      this.#remove(sessionId)
      if (sessionEpoch === FINAL_EPOCH) return { ok: true, scope: { kind: "sessionless", targets } }
      return { ok: true, scope: { kind: "full", targets, usesTopicIds } }
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return { ok: false, reason: "session-not-found" }
    if (session.usesTopicIds !== usesTopicIds) return { ok: false, reason: "topic-id-mismatch" }
    if (session.epoch !== sessionEpoch) return { ok: false, reason: "invalid-session-epoch" }
    if (!this.#update(session, request)) return { ok: false, reason: "session-not-found" }
    if (session.targets.size === 0) {
      this.#remove(sessionId)
      return { ok: true, scope: { kind: "sessionless", targets: [] } }
    }
    session.epoch = session.epoch === MAX_EPOCH ? 1 : session.epoch + 1
    this.#touch(session)
    return { ok: true, scope: { kind: "incremental", session, epoch: session.epoch } }
  }

  /** Opens the session a full request asked for; undefined when there is no room. */
  open(targets: FetchTarget[], usesTopicIds: boolean): FetchSession | undefined {
    if (targets.length === 0 || this.#maxSessions === 0) return undefined
    const now = this.#clock.monotonicMs()
    if (!this.#makeRoom(targets.length, now)) return undefined
    const session = new FetchSession(this.#newId(), usesTopicIds, now)
    for (const target of targets) session.targets.set(keyOf(target), target)
    this.#sessions.set(session.id, session)
    this.#partitionCount += session.targets.size
    return session
  }

  /** Whether a parked request still belongs to the session's present epoch. */
  isCurrent(session: FetchSession, epoch: number): boolean {
    return session.epoch === epoch && this.#sessions.get(session.id) === session
  }

  #update(session: FetchSession, { targets, forgotten }: SessionRequest): boolean {
    const before = session.targets.size
    for (const key of forgotten) session.targets.delete(key)
    for (const target of targets) {
      const key = keyOf(target)
      const known = session.targets.get(key)
      if (known === undefined) session.targets.set(key, target)
      else follow(known, target)
    }
    this.#partitionCount += session.targets.size - before
    if (this.#partitionCount <= MAX_SESSION_PARTITIONS) return true
    this.#remove(session.id)
    return false
  }

  #makeRoom(partitionCount: number, now: number): boolean {
    if (this.#partitionCount + partitionCount > MAX_SESSION_PARTITIONS) return false
    if (this.#sessions.size < this.#maxSessions) return true
    const [oldest] = this.#sessions.values()
    if (oldest !== undefined && now - oldest.usedAt > EVICTION_MS) return this.#remove(oldest.id)
    let smallest: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      if (now - session.createdAt <= EVICTION_MS) continue
      if (smallest === undefined || session.targets.size < smallest.targets.size) smallest = session
    }
    if (smallest === undefined || smallest.targets.size >= partitionCount) return false
    return this.#remove(smallest.id)
  }

  #touch(session: FetchSession): void {
    session.usedAt = this.#clock.monotonicMs()
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
  }

  #remove(id: number): boolean {
    const session = this.#sessions.get(id)
    if (session === undefined) return false
    this.#sessions.delete(id)
    this.#partitionCount -= session.targets.size
    return true
  }

  /** Random, so that a client cannot guess another's; positive, and 0 means none. */
  #newId(): number {
    for (;;) {
      const id = this.#random.uint32() >>> 1
      if (id !== 0 && !this.#sessions.has(id)) return id
    }
  }
}

interface RefusedSession {
  readonly ok: false
  readonly reason: SessionFailure
}

/** Names a partition within a session. */
export function sessionKey(topic: string, topicId: string, index: number): string {
  return topic === "" ? `${topicId}:${index}` : `${topic}:${index}`
}

function keyOf(target: FetchTarget): string {
  return sessionKey(target.topic, target.topicId, target.index)
}

function follow(known: FetchTarget, asked: FetchTarget): void {
  known.fetchOffset = asked.fetchOffset
  known.maxBytes = asked.maxBytes
  known.currentLeaderEpoch = asked.currentLeaderEpoch
}

/** Moves a partition that gave records behind the others. */
export function moveToEnd(session: FetchSession, target: FetchTarget): void {
  const key = keyOf(target)
  session.targets.delete(key)
  session.targets.set(key, target)
}
