/**
 * Membership in a classic consumer group: join, learn one's partitions, stay alive by heartbeats,
 * leave. Knows nothing of records; the consumer decides when it is safe to join again.
 *
 * 1. Heartbeats go on while the consumer finishes what it is doing, so that it stays a member.
 * 2. Whoever lost its membership (`isLost`) must not commit for the partitions it had.
 * 3. A member that reads nothing for `maxPollIntervalMs` leaves by itself.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import { HeartbeatRequest, HeartbeatResponse } from "../../protocol/messages/heartbeat.ts"
import { JoinGroupRequest, JoinGroupResponse } from "../../protocol/messages/join-group.ts"
import { LeaveGroupRequest, LeaveGroupResponse } from "../../protocol/messages/leave-group.ts"
import { SyncGroupRequest, SyncGroupResponse } from "../../protocol/messages/sync-group.ts"
import { answerError, asKafkaError, closedError, KafkaError } from "../errors.ts"
import { api } from "../net/api.ts"
import { sleep, type Timer } from "../net/clock.ts"
import type { Cluster } from "../net/cluster.ts"
import { backoffMs } from "../net/retry.ts"
import type { TopicPartition } from "../records.ts"
import type { Assignor } from "./assignors.ts"
import { decodeAssignment, encodeSubscription } from "./consumer-protocol.ts"
import { GroupAssignment } from "./group-assignment.ts"
import { type Committer, type GroupCoordinator, isConnectionError } from "./offsets.ts"

const JoinGroup = api(JoinGroupRequest, JoinGroupResponse)
const SyncGroup = api(SyncGroupRequest, SyncGroupResponse)
const Heartbeat = api(HeartbeatRequest, HeartbeatResponse)
const LeaveGroup = api(LeaveGroupRequest, LeaveGroupResponse)

const PROTOCOL_TYPE = "consumer"
/** Beyond the rebalance time-out, for the answer to come back. */
const JOIN_GRACE_MS = 5_000

/** The part of the consumer's options that matters here. */
export interface MembershipOptions {
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly assignors: readonly Assignor[]
  readonly onWarning: (error: KafkaError) => void
}

/** What the membership tells the consumer. */
export interface MembershipEvents {
  /** `needsJoin` or `isLost` has changed. */
  onNews(): void
  /** The membership ended in a way that joining again cannot mend. */
  onError(error: KafkaError): void
  /** Monotonic instant when the user last asked for something. */
  lastPollAt(): number
}

/** One consumer's place in its group. */
export class Membership {
  /** Whether the group wants its members to join (again). True at the start. */
  needsJoin = true
  /** Whether the partitions of the last assignment are no longer ours. */
  isLost = false
  readonly #cluster: Cluster
  readonly #coordinator: GroupCoordinator
  readonly #options: MembershipOptions
  readonly #events: MembershipEvents
  readonly #assignment: GroupAssignment
  #memberId = ""
  #generationId = -1
  #topics: readonly string[] = []
  #timer: Timer | undefined
  #lastHeardAt = 0
  #failures = 0

  constructor(
    cluster: Cluster,
    coordinator: GroupCoordinator,
    options: MembershipOptions,
    events: MembershipEvents,
  ) {
    this.#cluster = cluster
    this.#coordinator = coordinator
    this.#options = options
    this.#events = events
    this.#assignment = new GroupAssignment(cluster, options.assignors)
    // Also a join that ends while the consumer closes must not leave a timer behind.
    cluster.signal.addEventListener("abort", () => this.#stopHeartbeats(), { once: true })
  }

  /** Under which commits are made. */
  get committer(): Committer {
    return {
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#options.groupInstanceId,
    }
  }

  /** Joins with a subscription and returns the partitions given. Takes as long as the group takes;
   *  fails only with what joining again cannot mend. */
  async join(topics: readonly string[]): Promise<TopicPartition[]> {
    this.#topics = topics
    for (let failures = 1; ; failures++) {
      this.#stopHeartbeats()
      try {
        const partitions = await this.#joinOnce()
        if (partitions === undefined) {
          failures--
          continue
        }
        this.needsJoin = false
        this.isLost = false
        this.#lastHeardAt = this.#cluster.clock.monotonicMs()
        this.#beatLater()
        return partitions
      } catch (cause) {
        const error = asKafkaError(cause, "INVALID_RESPONSE", "Joining")
        if (!error.retriable || this.#cluster.signal.aborted) throw error
        if (isConnectionError(error)) this.#coordinator.forget()
        this.#options.onWarning(error)
        const { clock, options, signal } = this.#cluster
        await sleep(clock, backoffMs(options, failures, clock.random()), signal)
        if (signal.aborted) throw closedError("consumer")
      }
    }
  }

  /** Whether this member leads the group and the partitions to distribute have changed. */
  hasStaleAssignment(): boolean {
    return this.#assignment.isStale()
  }

  /** Topics of all members, where this member leads. */
  get groupTopics(): readonly string[] {
    return this.#assignment.topics
  }

  /** Leaves, so that others get the partitions at once. A static member just goes: it may come
   *  back. Failures do not matter: the session will time out. */
  async leave(timeoutMs: number): Promise<void> {
    this.#stopHeartbeats()
    const memberId = this.#memberId
    if (memberId === "" || this.#options.groupInstanceId !== null) return
    this.#forget()
    try {
      await this.#cluster.call({
        api: LeaveGroup,
        target: await this.#coordinator.find(),
        timeoutMs,
        value: (version) => ({
          groupId: this.#coordinator.groupId,
          ...(version >= 3 ? { members: [{ memberId }] } : { memberId }),
        }),
      })
    } catch (error) {
      this.#options.onWarning(asKafkaError(error, "INVALID_RESPONSE", "Leaving the group"))
    }
  }

  /** One round of JoinGroup and SyncGroup; undefined when it has to be done again at once. */
  async #joinOnce(): Promise<TopicPartition[] | undefined> {
    const joined = await this.#sendJoin()
    if (joined === undefined) return undefined
    const isLeader = joined.leader === this.#memberId && !joined.skipAssignment
    this.#assignment.clear()
    const assignments = isLeader ? await this.#assignment.compute(joined) : []
    return this.#sendSync(joined.protocolName ?? "", assignments)
  }

  async #sendJoin(): Promise<JoinGroupResponse | undefined> {
    const options = this.#options
    const subscription = encodeSubscription(this.#topics)
    const reply = await this.#cluster.call({
      api: JoinGroup,
      target: await this.#coordinator.find(),
      purpose: "group",
      timeoutMs: options.maxPollIntervalMs + JOIN_GRACE_MS,
      value: {
        groupId: this.#coordinator.groupId,
        sessionTimeoutMs: options.sessionTimeoutMs,
        rebalanceTimeoutMs: options.maxPollIntervalMs,
        memberId: this.#memberId,
        groupInstanceId: options.groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        protocols: options.assignors.map(({ name }) => ({ name, metadata: subscription })),
      },
    })
    if (reply.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = reply.memberId
      return undefined
    }
    if (this.#mustStartOver(reply.errorCode)) return undefined
    if (reply.errorCode !== ErrorCode.NONE) throw this.#refused(reply.errorCode, "Joining")
    this.#memberId = reply.memberId
    this.#generationId = reply.generationId
    return reply
  }

  async #sendSync(
    protocolName: string,
    assignments: { memberId: string; assignment: Buffer }[],
  ): Promise<TopicPartition[] | undefined> {
    const reply = await this.#cluster.call({
      api: SyncGroup,
      target: await this.#coordinator.find(),
      purpose: "group",
      timeoutMs: this.#options.maxPollIntervalMs + JOIN_GRACE_MS,
      value: {
        groupId: this.#coordinator.groupId,
        ...this.committer,
        protocolType: PROTOCOL_TYPE,
        protocolName,
        assignments,
      },
    })
    if (reply.errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return undefined
    if (this.#mustStartOver(reply.errorCode)) return undefined
    if (reply.errorCode !== ErrorCode.NONE) throw this.#refused(reply.errorCode, "Joining")
    return decodeAssignment(reply.assignment)
  }

  /** Whether the coordinator no longer knows us; then we come as somebody new. */
  #mustStartOver(errorCode: number): boolean {
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#forget()
    else if (errorCode === ErrorCode.ILLEGAL_GENERATION) this.#generationId = -1
    else return false
    return true
  }

  #forget(): void {
    this.#memberId = ""
    this.#generationId = -1
  }

  #refused(errorCode: number, what: string): KafkaError {
    this.#coordinator.observe(errorCode)
    return answerError(errorCode, `${what} group '${this.#coordinator.groupId}'`, {
      retriable: isRetriable(errorCode) || errorCode === ErrorCode.REBALANCE_IN_PROGRESS,
    })
  }

  #beatLater(): void {
    if (this.#cluster.signal.aborted) return
    this.#timer = this.#cluster.clock.after(this.#options.heartbeatIntervalMs, () => {
      void this.#beat()
    })
  }

  #stopHeartbeats(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  async #beat(): Promise<void> {
    const { clock } = this.#cluster
    const idleMs = clock.monotonicMs() - this.#events.lastPollAt()
    if (idleMs > this.#options.maxPollIntervalMs) return this.#giveUp(idleMs)
    const timer = this.#timer
    try {
      const reply = await this.#cluster.call({
        api: Heartbeat,
        target: await this.#coordinator.find(),
        purpose: "group",
        timeoutMs: Math.min(this.#options.sessionTimeoutMs, this.#cluster.options.requestTimeoutMs),
        value: { groupId: this.#coordinator.groupId, ...this.committer },
      })
      if (timer === this.#timer) this.#onBeat(reply.errorCode)
    } catch (cause) {
      if (timer === this.#timer) this.#onMissedBeat(cause)
    }
    if (timer === this.#timer && timer !== undefined) this.#beatLater()
  }

  #onBeat(errorCode: number): void {
    this.#failures = 0
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
      this.#lastHeardAt = this.#cluster.clock.monotonicMs()
      if (errorCode !== ErrorCode.NONE) this.#askToJoin(false)
    } else if (this.#mustStartOver(errorCode)) {
      this.#options.onWarning(this.#refused(errorCode, "Heartbeat in"))
      this.#askToJoin(true)
    } else this.#onMissedBeat(this.#refused(errorCode, "Heartbeat in"))
  }

  #onMissedBeat(cause: unknown): void {
    const error = asKafkaError(cause, "INVALID_RESPONSE", "Heartbeat")
    if (this.#cluster.signal.aborted) return
    if (isConnectionError(error)) this.#coordinator.forget()
    if (!error.retriable) {
      this.#stopHeartbeats()
      this.#events.onError(error)
      return
    }
    if (this.#failures++ === 0) this.#options.onWarning(error)
    const silentMs = this.#cluster.clock.monotonicMs() - this.#lastHeardAt
    if (silentMs > this.#options.sessionTimeoutMs) this.#askToJoin(true)
  }

  #askToJoin(isLost: boolean): void {
    if (isLost) {
      this.isLost = true
      this.#stopHeartbeats()
    }
    if (this.needsJoin && !isLost) return
    this.needsJoin = true
    this.#events.onNews()
  }

  /** The user has not come back for its next record in time. */
  async #giveUp(idleMs: number): Promise<void> {
    const { maxPollIntervalMs } = this.#options
    const message =
      `No record was asked for within maxPollIntervalMs (${maxPollIntervalMs} ms; it was ` +
      `${Math.round(idleMs)}): the consumer leaves its group and joins again with the next one. ` +
      "Raise maxPollIntervalMs or do less per record."
    this.#options.onWarning(new KafkaError("TIMED_OUT", message, { retriable: true }))
    this.isLost = true
    this.needsJoin = true
    await this.leave(this.#cluster.options.requestTimeoutMs)
    this.#events.onNews()
  }
}
