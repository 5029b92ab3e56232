/**
 * What a group asks of the world outside it, and the values that pass between group and
 * coordinator. The state machine never performs any of this: it leaves a list of effects in a
 * `Turn`, and the coordinator carries them out in order once the event has been digested.
 */
import type { ErrorCode } from "../../protocol/errors.ts"

/** The answer to a JoinGroup request, without what only the wire needs. */
export interface JoinAnswer {
  errorCode: ErrorCode
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leader: string
  skipAssignment: boolean
  memberId: string
  members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

/** The answer to a SyncGroup request. */
export interface SyncAnswer {
  errorCode: ErrorCode
  protocolType: string | null
  protocolName: string | null
  assignment: Buffer
}

/** Where the answer to a parked request goes. Opaque to the state machine, which never calls it. */
export type JoinWaiter = (answer: JoinAnswer) => void
/** See `JoinWaiter`. */
export type SyncWaiter = (answer: SyncAnswer) => void

/** A timer of one group: end of the join phase, end of the sync phase, a member's session. */
export type TimerName = "join" | "sync" | `session:${string}`

/** Image of a group as `__consumer_offsets` keeps it; field names are those of Kafka's record. */
export interface GroupImage {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly currentStateTimestamp: number
  readonly members: readonly MemberImage[]
}

/** One member within a `GroupImage`. */
export interface MemberImage {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeout: number
  readonly sessionTimeout: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

/** What the group does once its image is safe on disk (or could not be written). */
export type StoredEvent =
  | { kind: "assignment"; generationId: number; assignments: ReadonlyMap<string, Buffer> }
  | { kind: "static-member"; newMemberId: string; canSkipAssignment: boolean; undo: StaticUndo }

/** What a static member was before another process took its place. */
export interface StaticUndo {
  readonly memberId: string
  readonly leader: string | null
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
}

/** One thing for the coordinator to do. */
export type Effect =
  | { kind: "answer-join"; waiter: JoinWaiter; answer: JoinAnswer }
  | { kind: "answer-sync"; waiter: SyncWaiter; answer: SyncAnswer }
  | { kind: "set-timer"; timer: TimerName; delayMs: number }
  | { kind: "cancel-timer"; timer: TimerName }
  | { kind: "store"; image: GroupImage; then: StoredEvent | undefined }
  | { kind: "note"; text: string }

/** One event's visit to a group: the instant it happens, and the effects it leaves behind. */
export class Turn {
  readonly nowMs: number
  readonly effects: Effect[] = []

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  /** Answers a JoinGroup request; fields left out are those of a failure. */
  answerJoin(waiter: JoinWaiter, answer: Partial<JoinAnswer>): void {
    this.effects.push({ kind: "answer-join", waiter, answer: joinAnswer(answer) })
  }

  /** Answers a SyncGroup request; fields left out are those of a failure. */
  answerSync(waiter: SyncWaiter, answer: Partial<SyncAnswer>): void {
    this.effects.push({ kind: "answer-sync", waiter, answer: syncAnswer(answer) })
  }

  setTimer(timer: TimerName, delayMs: number): void {
    this.effects.push({ kind: "set-timer", timer, delayMs })
  }

  cancelTimer(timer: TimerName): void {
    this.effects.push({ kind: "cancel-timer", timer })
  }

  store(image: GroupImage, then?: StoredEvent): void {
    this.effects.push({ kind: "store", image, then })
  }

  note(text: string): void {
    this.effects.push({ kind: "note", text })
  }
}

/** The assignment of a member that has been given nothing. */
export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0)

/** A whole answer; fields left out are those of a failure. */
export function joinAnswer(answer: Partial<JoinAnswer>): JoinAnswer {
  return { ...failedJoin, ...answer }
}

/** A whole answer; fields left out are those of a failure. */
export function syncAnswer(answer: Partial<SyncAnswer>): SyncAnswer {
  return { ...failedSync, ...answer }
}

const failedJoin: JoinAnswer = {
  errorCode: 0,
  generationId: -1,
  protocolType: null,
  protocolName: "",
  leader: "",
  skipAssignment: false,
  memberId: "",
  members: [],
}

const failedSync: SyncAnswer = {
  errorCode: 0,
  protocolType: null,
  protocolName: null,
  assignment: NO_ASSIGNMENT,
}
