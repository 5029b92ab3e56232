/**
 * The cluster as a client sees it: finds brokers from the bootstrap list, keeps metadata, and sends
 * each request to the broker that can answer it, in the highest version both sides speak.
 *
 * 1. Nothing waits without a deadline, and `close` ends every wait.
 * 2. At most one metadata request is in flight; what is wanted meanwhile goes into the next one.
 * 3. A broker that cannot be reached is not an error here as long as another one answers.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../protocol/messages/find-coordinator.ts"
import { MetadataRequest, MetadataResponse } from "../../protocol/messages/metadata.ts"
import { answerError, closedError, KafkaError } from "../errors.ts"
import { type Address, addressName, parseAddresses } from "./addresses.ts"
import { type Api, api } from "./api.ts"
import { type Clock, sleep } from "./clock.ts"
import type { Connection } from "./connection.ts"
import { Metadata, type TopicInfo } from "./metadata.ts"
import {
  type ClusterOptions,
  type ResolvedClusterOptions,
  resolveClusterOptions,
} from "./options.ts"
import { ConnectionPool, type Purpose } from "./pool.ts"
import { backoffMs, type RetryOptions, retry } from "./retry.ts"
import { versionFor } from "./versions.ts"

const MetadataApi = api(MetadataRequest, MetadataResponse, { minVersion: 1, maxVersion: 12 })
const FindCoordinator = api(FindCoordinatorRequest, FindCoordinatorResponse)

/** A topic that stays unknown for this long is reported, well before any delivery deadline. */
const UNKNOWN_TOPIC_PATIENCE_MS = 5_000

/** Which broker a request goes to: a node id, the controller, or whoever answers. */
export type Target = number | "any" | "controller"

/** A request for `Cluster.call`. */
export interface ClusterCall<Q, R> {
  readonly api: Api<Q, R>
  /** The request, or what makes it once the version is known. */
  readonly value: Q | ((version: number) => Q)
  /** Default "any". */
  readonly target?: Target
  /** Default "main". */
  readonly purpose?: Purpose
  /** Default requestTimeoutMs. */
  readonly timeoutMs?: number
  /** Highest version to use. */
  readonly maxVersion?: number
  /** False: resolves with undefined as soon as it is on its way. */
  readonly expectReply?: boolean
}

/** Connections, metadata and routing of one client. */
export class Cluster {
  readonly clock: Clock
  readonly options: ResolvedClusterOptions
  readonly metadata = new Metadata()
  readonly #closing = new AbortController()
  readonly #bootstrap: readonly Address[]
  readonly #pool: ConnectionPool
  readonly #wanted = new Set<string>()
  #wantsAll = false
  #refreshing: Promise<void> | undefined
  #queued: Promise<void> | undefined
  #hasConnected = false
  readonly #openedAt: number
  #mayCreateTopics = false

  constructor(options: ClusterOptions) {
    const resolved = resolveClusterOptions(options)
    this.clock = resolved.clock
    this.options = resolved
    this.#bootstrap = parseAddresses(options.bootstrapServers)
    this.#openedAt = resolved.clock.monotonicMs()
    this.#pool = new ConnectionPool(
      { ...resolved, signal: this.#closing.signal },
      resolved.requestTimeoutMs,
    )
  }

  /** Aborted by `close`. */
  get signal(): AbortSignal {
    return this.#closing.signal
  }

  /** Metadata requests may make the broker create the topics they name. */
  allowTopicCreation(): void {
    this.#mayCreateTopics = true
  }

  /** Ends everything. Calls that are under way fail with CLOSED. May be called twice. */
  close(): void {
    this.#closing.abort()
    this.#pool.close()
  }

  /** What `retry` needs, with a deadline `timeoutMs` from now. */
  retryOptions(timeoutMs: number = this.options.requestTimeoutMs): RetryOptions {
    const { clock, signal, options } = this
    return { clock, signal, backoff: options, deadlineAt: clock.monotonicMs() + timeoutMs }
  }

  /** Wait before the attempt that follows failure number `failures`. */
  backoffMs(failures: number): number {
    return backoffMs(this.options, failures, this.clock.random())
  }

  /** Waits; fails with CLOSED when the client closes meanwhile. */
  async pause(delayMs: number): Promise<void> {
    await sleep(this.clock, delayMs, this.signal)
    if (this.signal.aborted) throw closedError("client")
  }

  /** Sends one request once; the reply's own error codes are the caller's business. */
  async call<Q, R>(call: ClusterCall<Q, R>): Promise<R> {
    const connection = await this.connection(call.target ?? "any", call.purpose ?? "main")
    return this.callOn(connection, call)
  }

  /** As `call`, on a connection that is at hand. What cannot be sent is a rejection like any other:
   *  callers on timers have nobody to catch what is thrown. */
  async callOn<Q, R>(connection: Connection, call: ClusterCall<Q, R>): Promise<R> {
    const version = versionFor(connection, call.api, call.maxVersion)
    const { value } = call
    return connection.request({
      api: call.api,
      version,
      value: typeof value === "function" ? (value as (version: number) => Q)(version) : value,
      timeoutMs: call.timeoutMs ?? this.options.requestTimeoutMs,
      expectReply: call.expectReply ?? true,
    })
  }

  /** An open connection to a broker, if there is one at this moment. */
  findConnection(nodeId: number, purpose: Purpose): Connection | undefined {
    const node = this.metadata.nodes.get(nodeId)
    return node === undefined ? undefined : this.#pool.find(node, purpose)
  }

  /** An open connection to a broker. */
  async connection(target: Target, purpose: Purpose): Promise<Connection> {
    if (this.signal.aborted) throw closedError("client")
    if (target === "any") return this.#anyConnection(purpose)
    if (target === "controller" && this.metadata.controllerId < 0) await this.refresh([])
    const id = target === "controller" ? this.metadata.controllerId : target
    const node = this.metadata.nodes.get(id)
    if (node !== undefined) return this.#pool.get(node, purpose)
    if (target === "controller") return this.#anyConnection(purpose)
    throw new KafkaError("CONNECTION_FAILED", `No broker with id ${id} is known.`, {
      retriable: true,
    })
  }

  /** The coordinator of a consumer group: its node id. Retries until the request time-out. */
  findCoordinator(groupId: string): Promise<number> {
    return retry(() => this.#askCoordinator(groupId), this.retryOptions())
  }

  /** A topic with partitions, if it is known and no older than metadataMaxAgeMs allows; an old one
   *  is given too, while news are fetched. */
  findTopic(name: string): TopicInfo | undefined {
    const info = this.metadata.topics.get(name)
    if (info === undefined || info.partitions.length === 0) return undefined
    const age = this.clock.monotonicMs() - info.fetchedAt
    if (age > this.options.metadataMaxAgeMs) this.refreshSoon([name])
    return info
  }

  /** A topic with partitions, waiting for the broker to know it. Fails with why it does not. */
  async topic(name: string, timeoutMs: number): Promise<TopicInfo> {
    const started = this.clock.monotonicMs()
    for (let failures = 1; ; failures++) {
      const known = this.findTopic(name)
      if (known !== undefined) return known
      await retry(() => this.refresh([name]), this.retryOptions(timeoutMs))
      const info = this.metadata.topics.get(name)
      if (info !== undefined && info.partitions.length > 0) return info
      const code = info?.errorCode || ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      const waitMs = this.backoffMs(failures)
      const patienceMs = Math.min(timeoutMs, UNKNOWN_TOPIC_PATIENCE_MS)
      const isLate = this.clock.monotonicMs() + waitMs - started > patienceMs
      if (!isRetriable(code) || isLate) throw answerError(code, `Topic '${name}'`, { topic: name })
      await this.pause(waitMs)
    }
  }

  /** Fetches metadata of these topics (or of all), and of the brokers. Once, without retries. */
  refresh(topics: Iterable<string> | "all"): Promise<void> {
    if (topics === "all") this.#wantsAll = true
    else for (const topic of topics) this.#wanted.add(topic)
    if (this.#refreshing === undefined) return this.#refreshNow()
    this.#queued ??= this.#refreshing
      .catch(() => {})
      .then(() => {
        this.#queued = undefined
        return this.#refreshNow()
      })
    return this.#queued
  }

  /** As `refresh`, for callers who look again later: a failure is theirs to notice by then. */
  refreshSoon(topics: Iterable<string>): void {
    this.refresh(topics).catch(() => {})
  }

  #refreshNow(): Promise<void> {
    const topics = this.#wantsAll ? null : [...this.#wanted]
    this.#wantsAll = false
    this.#wanted.clear()
    const refreshing = this.#fetchMetadata(topics).finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined
    })
    this.#refreshing = refreshing
    return refreshing
  }

  async #fetchMetadata(topics: string[] | null): Promise<void> {
    const reply = await this.call({
      api: MetadataApi,
      value: {
        topics: topics === null ? null : topics.map((name) => ({ name })),
        allowAutoTopicCreation: this.#mayCreateTopics,
      },
    })
    this.metadata.update(reply, this.clock.monotonicMs(), topics === null)
  }

  async #askCoordinator(groupId: string): Promise<number> {
    const reply = await this.call({
      api: FindCoordinator,
      value: (version) =>
        version >= 4 ? { keyType: 0, coordinatorKeys: [groupId] } : { keyType: 0, key: groupId },
    })
    const found = reply.coordinators[0] ?? reply
    if (found.errorCode !== ErrorCode.NONE) {
      throw answerError(found.errorCode, `Coordinator of group '${groupId}'`, {
        message: found.errorMessage,
      })
    }
    const { nodeId: id, host, port } = found
    this.metadata.addNode({ id, host, port, rack: null })
    return id
  }

  /** Any broker that answers: open connections first, then known brokers, then bootstrap. */
  async #anyConnection(purpose: Purpose): Promise<Connection> {
    const candidates = this.#candidates()
    for (const address of candidates) {
      const open = this.#pool.find(address, purpose)
      if (open !== undefined) return open
    }
    for (let failures = 1; ; failures++) {
      const errors: KafkaError[] = []
      for (const address of candidates) {
        try {
          const connection = await this.#pool.get(address, purpose)
          this.#hasConnected = true
          return connection
        } catch (error) {
          if (!(error instanceof KafkaError) || error.code === "CLOSED") throw error
          errors.push(error)
        }
      }
      const waitMs = this.backoffMs(failures)
      const waited = this.clock.monotonicMs() + waitMs - this.#openedAt
      const mayWait = !this.#hasConnected && waited < this.options.bootstrapTimeoutMs
      if (!mayWait || errors.every((error) => !error.retriable)) throw this.#unreachable(errors)
      await this.pause(waitMs)
    }
  }

  #candidates(): Address[] {
    const nodes = [...this.metadata.nodes.values()]
    const start = Math.floor(this.clock.random() * nodes.length)
    const addresses = [...nodes.slice(start), ...nodes.slice(0, start), ...this.#bootstrap]
    return [...new Map(addresses.map((address) => [addressName(address), address])).values()]
  }

  /** Never reached: an error in the set-up, so trying again is left to the user. */
  #unreachable(errors: readonly KafkaError[]): KafkaError {
    const [first] = errors
    if (errors.length === 1 && first !== undefined && this.#hasConnected) return first
    const details = errors.map((error) => error.message).join(" ")
    const code = first?.code ?? "CONNECTION_FAILED"
    return new KafkaError(code, `No broker answers. ${details}`, {
      retriable: this.#hasConnected,
      broker: first?.broker,
      cause: first,
    })
  }
}
