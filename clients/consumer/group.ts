/**
 * A consumer as a member of its group: joins again when the group wants it, at a moment when the
 * user holds no record, and commits what is finished from time to time.
 */
import { asKafkaError, type KafkaError } from "../errors.ts"
import type { Cluster } from "../net/cluster.ts"
import type { TopicPartition } from "../records.ts"
import { Membership } from "./membership.ts"
import type { GroupCoordinator, OffsetToCommit } from "./offsets.ts"
import type { ResolvedConsumerOptions } from "./options.ts"
import { offsetsOf, type PartitionReader } from "./reader.ts"

/** Topics that do not exist yet are looked for this often. */
const UNKNOWN_TOPIC_CHECK_MS = 3_000

/** What the group tells the consumer. */
export interface GroupEvents {
  onNews(): void
  onError(error: KafkaError): void
  lastPollAt(): number
}

/** Group membership and commits of one consumer. */
export class GroupConsumer<K, V> {
  readonly #cluster: Cluster
  readonly #coordinator: GroupCoordinator
  readonly #options: ResolvedConsumerOptions<K, V>
  readonly #reader: PartitionReader<K, V>
  readonly #membership: Membership
  #topics: readonly string[] | undefined
  #commitAt = 0
  #checkAt = 0
  #committing: Promise<void> | undefined

  constructor(
    cluster: Cluster,
    coordinator: GroupCoordinator,
    options: ResolvedConsumerOptions<K, V>,
    wiring: { readonly reader: PartitionReader<K, V>; readonly events: GroupEvents },
  ) {
    this.#cluster = cluster
    this.#coordinator = coordinator
    this.#options = options
    this.#reader = wiring.reader
    this.#membership = new Membership(cluster, coordinator, options, wiring.events)
  }

  /** Topics subscribed to; undefined when partitions are assigned by hand. */
  get topics(): readonly string[] | undefined {
    return this.#topics
  }

  /** Subscribes; takes effect at the next safe point. */
  subscribe(topics: readonly string[]): void {
    this.#topics = topics
    this.#membership.needsJoin = true
  }

  /** Whether records in hand should be let go of, so that the group can rebalance. */
  get wantsRebalance(): boolean {
    return this.#topics !== undefined && this.#membership.needsJoin
  }

  /** The user holds no record: joins if the group wants it, commits if it is time. Returns when to
   *  come back (monotonic). */
  async atSafePoint(): Promise<number> {
    if (this.#topics !== undefined) {
      await this.#checkTopics()
      if (this.#membership.needsJoin) await this.#rejoin(this.#topics)
    }
    return Math.min(this.#commitIfDue(), this.#topics === undefined ? Infinity : this.#checkAt)
  }

  /** Commits these offsets as this member. */
  async commit(offsets: readonly OffsetToCommit[], timeoutMs?: number): Promise<void> {
    const isMember = this.#topics !== undefined
    const committer = isMember ? this.#membership.committer : undefined
    await this.#coordinator.commit(offsets, committer, timeoutMs)
    for (const { offset, ...which } of offsets) {
      const partition = this.#reader.find(which)
      if (partition !== undefined) partition.committed = offset
    }
  }

  /** Commits what is finished and leaves. Failures are warnings: the consumer ends in any case. */
  async close(timeoutMs: number): Promise<void> {
    await this.#commitFinished(timeoutMs)
    if (this.#topics !== undefined) await this.#membership.leave(timeoutMs)
  }

  async #rejoin(topics: readonly string[]): Promise<void> {
    const owned: TopicPartition[] = this.#reader.partitions.map(({ topic, partition }) => ({
      topic,
      partition,
    }))
    const { isLost } = this.#membership
    if (!isLost) await this.#commitFinished(this.#options.sessionTimeoutMs)
    if (owned.length > 0) await guarded(() => this.#options.onRevoked(owned, isLost), "onRevoked")
    this.#reader.setPartitions([], { kind: "committed" })
    const assigned = await this.#membership.join(topics)
    this.#reader.setPartitions(assigned, { kind: "committed" })
    const now = this.#cluster.clock.monotonicMs()
    this.#commitAt = now + this.#options.autoCommitIntervalMs
    // As leader, this member may have learnt of topics that it did not look for before.
    this.#checkAt = now + UNKNOWN_TOPIC_CHECK_MS
    await guarded(() => this.#options.onAssigned(assigned), "onAssigned")
  }

  /** Notices new partitions, and topics that did not exist when the group was balanced. */
  async #checkTopics(): Promise<void> {
    const { clock, metadata, options } = this.#cluster
    const now = clock.monotonicMs()
    if (now < this.#checkAt) return
    const topics = new Set([...this.#topics!, ...this.#membership.groupTopics])
    if (this.#checkAt > 0) await this.#cluster.refresh(topics).catch(this.#options.onWarning)
    if (this.#membership.hasStaleAssignment()) this.#membership.needsJoin = true
    const isKnown = (topic: string) => (metadata.topics.get(topic)?.partitions.length ?? 0) > 0
    const waitMs = [...topics].every(isKnown) ? options.metadataMaxAgeMs : UNKNOWN_TOPIC_CHECK_MS
    this.#checkAt = now + waitMs
  }

  #commitIfDue(): number {
    if (!this.#options.autoCommit) return Number.POSITIVE_INFINITY
    const now = this.#cluster.clock.monotonicMs()
    if (now >= this.#commitAt && this.#committing === undefined) {
      this.#commitAt = now + this.#options.autoCommitIntervalMs
      this.#committing = this.#commitFinished(this.#options.sessionTimeoutMs).finally(() => {
        this.#committing = undefined
      })
    }
    return this.#commitAt
  }

  async #commitFinished(timeoutMs: number): Promise<void> {
    if (!this.#options.autoCommit || this.#membership.isLost) return
    const changed = this.#reader.partitions.filter(
      ({ finished, committed }) => finished >= 0 && finished !== committed,
    )
    try {
      await this.commit(offsetsOf(changed, "finished"), timeoutMs)
    } catch (error) {
      this.#options.onWarning(asKafkaError(error, "INVALID_RESPONSE", "Committing"))
    }
  }
}

/** Calls a function of the user; what it throws comes out of the iteration. */
async function guarded(run: () => void | Promise<void>, name: string): Promise<void> {
  try {
    await run()
  } catch (error) {
    throw asKafkaError(error, "CALLBACK_FAILED", name)
  }
}
