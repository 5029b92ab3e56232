/**
 * Fetch, versions 4-18: records as slices of segment files, long polls, sessions (KIP-227).
 *
 * 1. A fetch that finds fewer than `minBytes` is parked until one of its partitions advances, its
 *    time is over or its client goes; at every re-test it is read anew from the start.
 * 2. While a client does not take what it has been sent, its parked fetches stay parked, and answer
 *    without records when their time is over.
 * 3. A reply of an incremental session carries only partitions with something new.
 *
 * Left out: followers (every reader is a consumer), diverging epochs, preferred read replicas.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { FetchReply, FetchRequest } from "../../protocol/messages/fetch.ts"
import type { Context, Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import type { Parked, Purgatory, Ticket } from "../purgatory.ts"
import type { Catalog } from "../topics/catalog.ts"
import {
  discard,
  type FetchRead,
  readTargets,
  resolve,
  type TargetRead,
} from "../topics/fetch-read.ts"
import {
  type FetchScope,
  type FetchSession,
  type FetchSessions,
  type FetchTarget,
  moveToEnd,
  type SessionFailure,
  sessionKey,
} from "../topics/fetch-session.ts"
import type { Isolation, Partition } from "../topics/partition.ts"

/** First version that names topics by id. */
const TOPIC_ID_VERSION = 13
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const NO_SESSION = 0

/** What the handler is made from. */
export interface FetchParts {
  catalog: Catalog
  purgatory: Purgatory<Partition>
  sessions: FetchSessions
  /** Most bytes of one reply, whatever the client allows: fetch.max.bytes. */
  maxBytes: number
}

const sessionCodes: Readonly<Record<SessionFailure, number>> = {
  "session-not-found": ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  "invalid-session-epoch": ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  "topic-id-mismatch": ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
}

/** Answers at once when there is enough to read, else parks. */
export function fetch(parts: FetchParts): Handler<FetchRequest, FetchReply> {
  return (request, context) => {
    const { isolationLevel, sessionId, sessionEpoch } = request
    if (isolationLevel !== READ_UNCOMMITTED && isolationLevel !== READ_COMMITTED) {
      return errorReply(ErrorCode.INVALID_REQUEST, NO_SESSION)
    }
    const begun = parts.sessions.begin({
      ...{ sessionId, sessionEpoch, usesTopicIds: context.apiVersion >= TOPIC_ID_VERSION },
      targets: targetsOf(request),
      forgotten: forgottenOf(request),
    })
    if (!begun.ok) return errorReply(sessionCodes[begun.reason], NO_SESSION)
    const pending = new PendingFetch(parts, request, begun.scope)
    return pending.start(context)
  }
}

function targetsOf(request: FetchRequest): FetchTarget[] {
  const targets: FetchTarget[] = []
  for (const { topic, topicId, partitions } of request.topics) {
    for (const asked of partitions) {
      targets.push({
        topic,
        topicId,
        index: asked.partition,
        fetchOffset: asked.fetchOffset,
        currentLeaderEpoch: asked.currentLeaderEpoch,
        maxBytes: asked.partitionMaxBytes,
        partition: undefined,
        toldHighWatermark: -1,
        toldLogStartOffset: -1,
      })
    }
  }
  return targets
}

function forgottenOf(request: FetchRequest): string[] {
  return request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((index) => sessionKey(topic, topicId, index)),
  )
}

/** One fetch from its first try to its reply. Keeps nothing of the frame. */
class PendingFetch implements Parked<Partition> {
  keys: Partition[] = []
  readonly delayMs: number
  readonly #parts: FetchParts
  readonly #scope: FetchScope
  readonly #isolation: Isolation
  readonly #maxBytes: number
  readonly #minBytes: number
  readonly #later = new Deferred<FetchReply>()
  #context: Context | undefined
  #stopWatching: (() => void) | undefined

  constructor(parts: FetchParts, request: FetchRequest, scope: FetchScope) {
    this.#parts = parts
    this.#scope = scope
    this.#isolation =
      request.isolationLevel === READ_COMMITTED ? "read-committed" : "read-uncommitted"
    this.#maxBytes = Math.max(0, Math.min(request.maxBytes, parts.maxBytes))
    this.#minBytes = Math.min(request.minBytes, this.#maxBytes)
    this.delayMs = request.maxWaitMs
  }

  start(context: Context): FetchReply | Deferred<FetchReply> {
    const read = this.#read(false)
    const mayWait = this.delayMs > 0 && this.#parts.purgatory.hasRoom(read.reads.length)
    if (!mayWait || this.#isEnough(read)) return this.#reply(read)
    discard(read)
    this.keys = read.reads.map(({ target }) => resolve(this.#parts.catalog, target)!)
    this.#context = context
    const ticket: Ticket<Partition> = this.#parts.purgatory.park(this)
    this.#stopWatching = context.onClose(() => this.#parts.purgatory.cancel(ticket))
    return this.#later
  }

  tryComplete(): boolean {
    if (this.#isOutdated()) return this.#finish(this.#outdatedReply())
    if (this.#context!.isCongested()) return false
    const read = this.#read(false)
    if (this.#isEnough(read)) return this.#finish(this.#reply(read))
    discard(read)
    return false
  }

  expire(): void {
    if (this.#isOutdated()) this.#finish(this.#outdatedReply())
    else this.#finish(this.#reply(this.#read(this.#context!.isCongested())))
  }

  #read(isWithoutRecords: boolean): FetchRead {
    const scope = this.#scope
    const targets = scope.kind === "incremental" ? scope.session.targets.values() : scope.targets
    const limits = { maxBytes: this.#maxBytes, isolation: this.#isolation, isWithoutRecords }
    return readTargets(this.#parts.catalog, targets, limits)
  }

  #isEnough(read: FetchRead): boolean {
    const { reads, hasError, hasMore, totalBytes } = read
    return reads.length === 0 || hasError || hasMore || totalBytes >= this.#minBytes
  }

  #finish(reply: FetchReply): true {
    this.#stopWatching?.()
    this.#later.resolve(reply)
    return true
  }

  /** Another request of the session came in the meantime, or the session is gone. */
  #isOutdated(): boolean {
    const scope = this.#scope
    if (scope.kind !== "incremental") return false
    return !this.#parts.sessions.isCurrent(scope.session, scope.epoch)
  }

  #outdatedReply(): FetchReply {
    const scope = this.#scope as Extract<FetchScope, { kind: "incremental" }>
    return errorReply(ErrorCode.INVALID_FETCH_SESSION_EPOCH, scope.session.id)
  }

  #reply(read: FetchRead): FetchReply {
    const scope = this.#scope
    switch (scope.kind) {
      case "sessionless":
        return replyOf(NO_SESSION, read.reads)
      case "full": {
        const session = this.#parts.sessions.open(scope.targets, scope.usesTopicIds)
        if (session !== undefined) remember(session, read.reads)
        return replyOf(session?.id ?? NO_SESSION, read.reads)
      }
      case "incremental":
        return replyOf(scope.session.id, remember(scope.session, read.reads))
    }
  }
}

/** Notes what the client is told now; returns what is new to it. */
function remember(session: FetchSession, reads: TargetRead[]): TargetRead[] {
  return reads.filter((read) => {
    const { target, errorCode, highWatermark, logStartOffset, slice } = read
    const isNew =
      slice !== undefined ||
      errorCode !== 0 ||
      highWatermark !== target.toldHighWatermark ||
      logStartOffset !== target.toldLogStartOffset
    // After an error the partition is told again even if nothing else has changed.
    target.toldHighWatermark = errorCode === 0 ? highWatermark : -1
    target.toldLogStartOffset = logStartOffset
    if (slice !== undefined) moveToEnd(session, target)
    return isNew
  })
}

const NO_RECORDS = Buffer.alloc(0)

function replyOf(sessionId: number, reads: TargetRead[]): FetchReply {
  const responses: { topic: string; topicId: string; partitions: PartitionReply[] }[] = []
  for (const read of reads) {
    const { topic, topicId } = read.target
    let last = responses.at(-1)
    if (last === undefined || last.topic !== topic || last.topicId !== topicId) {
      last = { topic, topicId, partitions: [] }
      responses.push(last)
    }
    last.partitions.push(partitionReply(read))
  }
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, sessionId, responses }
}

type PartitionReply = FetchReply["responses"][number]["partitions"][number]

function partitionReply(read: TargetRead): PartitionReply {
  return {
    partitionIndex: read.target.index,
    errorCode: read.errorCode,
    highWatermark: read.highWatermark,
    lastStableOffset: read.lastStableOffset,
    logStartOffset: read.logStartOffset,
    abortedTransactions: read.abortedTransactions,
    records: read.slice ?? NO_RECORDS,
  }
}

function errorReply(errorCode: number, sessionId: number): FetchReply {
  return { throttleTimeMs: 0, errorCode, sessionId, responses: [] }
}
