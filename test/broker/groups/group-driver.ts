/**
 * Drives classic groups in virtual time: clients that ask, a store that answers when it is told to.
 * What a client was answered is in the handle it got when it asked.
 */
import type { ClassicGroup } from "../../../broker/groups/classic-group.ts"
import { join } from "../../../broker/groups/classic-join.ts"
import { heartbeat, leave } from "../../../broker/groups/classic-session.ts"
import { sync } from "../../../broker/groups/classic-sync.ts"
import type { GroupImage, JoinAnswer, SyncAnswer } from "../../../broker/groups/effects.ts"
import { GroupRegistry } from "../../../broker/groups/group-registry.ts"
import { Scheduler } from "../../../native/simulated/scheduler.ts"
import { ErrorCode } from "../../../protocol/errors.ts"

export interface JoinOptions {
  memberId?: string
  instance?: string | null
  protocols?: readonly (readonly [name: string, metadata: string])[]
  protocolType?: string
  sessionTimeoutMs?: number
  rebalanceTimeoutMs?: number
  version?: number
}

export interface Asked<T> {
  answer: T | undefined
}

export class GroupDriver {
  readonly scheduler = new Scheduler()
  readonly stored: GroupImage[] = []
  /** When false, images are kept waiting until `finishStores`. */
  storesAtOnce = true
  readonly #limits: { maxSize: number; initialRebalanceDelayMs: number }
  readonly #waiting: ((errorCode: ErrorCode) => void)[] = []
  readonly registry: GroupRegistry
  #idCount = 0

  constructor(limits: { maxSize?: number; initialRebalanceDelayMs?: number } = {}) {
    this.#limits = { maxSize: 100, initialRebalanceDelayMs: 0, ...limits }
    this.registry = new GroupRegistry({
      clock: this.scheduler,
      limits: this.#limits,
      note: () => undefined,
      store: (_groupId, image, done) => {
        this.stored.push(image)
        if (this.storesAtOnce) done(ErrorCode.NONE)
        else this.#waiting.push(done)
      },
      isRemembered: () => true,
    })
  }

  get group(): ClassicGroup {
    return this.registry.ensure("g")
  }

  finishStores(errorCode: ErrorCode = ErrorCode.NONE): void {
    for (const done of this.#waiting.splice(0)) done(errorCode)
  }

  advance(ms: number): void {
    this.scheduler.advance(ms)
  }

  join(options: JoinOptions = {}): Asked<JoinAnswer> {
    const asked: Asked<JoinAnswer> = { answer: undefined }
    const { version = 3, protocols = [["range", "m"]] } = options
    const { group } = this
    this.registry.event(group, (turn) =>
      join(group, turn, {
        memberId: options.memberId ?? "",
        groupInstanceId: options.instance ?? null,
        newMemberId: `member-${++this.#idCount}`,
        clientId: "client",
        clientHost: "/127.0.0.1",
        protocolType: options.protocolType ?? "consumer",
        protocols: protocols.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata) })),
        sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
        rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 60_000,
        requiresMemberId: version >= 4,
        canSkipAssignment: version >= 9,
        reason: "test",
        waiter: (answer) => {
          if (asked.answer) throw new Error("answered twice")
          asked.answer = answer
        },
      }),
    )
    return asked
  }

  sync(
    memberId: string,
    generationId: number,
    options: {
      assignments?: Record<string, string>
      instance?: string
      protocolName?: string
      protocolType?: string
    } = {},
  ): Asked<SyncAnswer> {
    const asked: Asked<SyncAnswer> = { answer: undefined }
    const entries = Object.entries(options.assignments ?? {})
    const { group } = this
    this.registry.event(group, (turn) =>
      sync(group, turn, {
        memberId,
        groupInstanceId: options.instance ?? null,
        generationId,
        protocolType: options.protocolType ?? null,
        protocolName: options.protocolName ?? null,
        assignments: new Map(entries.map(([id, text]) => [id, Buffer.from(text)])),
        waiter: (answer) => {
          if (asked.answer) throw new Error("answered twice")
          asked.answer = answer
        },
      }),
    )
    return asked
  }

  heartbeat(memberId: string, generationId: number, instance: string | null = null): ErrorCode {
    const { group } = this
    const identity = { memberId, groupInstanceId: instance }
    return this.registry.event(group, (turn) => heartbeat(group, turn, identity, generationId))
  }

  leave(...members: { memberId: string; instance?: string }[]): ErrorCode[] {
    const { group } = this
    const identities = members.map(({ memberId, instance }) => ({
      memberId,
      groupInstanceId: instance ?? null,
    }))
    return this.registry.event(group, (turn) => leave(group, turn, identities, "test"))
  }

  /** Brings a group of this many dynamic members to Stable; their ids, the leader's first. */
  stable(count: number, options: JoinOptions = {}): string[] {
    let asked = [this.join(options)]
    while (asked.length < count) {
      const ids = asked.map((one) => one.answer?.memberId ?? "")
      const newcomer = this.join(options)
      asked = [...ids.map((memberId) => this.join({ ...options, memberId })), newcomer]
    }
    return this.syncAll(asked)
  }

  /** Syncs everybody who was let in; their ids, the leader's first. */
  syncAll(asked: Asked<JoinAnswer>[]): string[] {
    const leader = asked.find((one) => one.answer!.leader === one.answer!.memberId)!.answer!
    const followers = asked
      .map((one) => one.answer!.memberId)
      .filter((id) => id !== leader.memberId)
    const ids = [leader.memberId, ...followers]
    const assignments = Object.fromEntries(ids.map((id) => [id, `for ${id}`]))
    for (const id of followers) this.sync(id, leader.generationId)
    this.sync(leader.memberId, leader.generationId, { assignments })
    return ids
  }
}
