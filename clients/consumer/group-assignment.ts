/**
 * The leader's part of a rebalance: finds out how many partitions the topics have, runs the
 * assignor, and later notices when the result is out of date.
 */
import type { JoinGroupResponse } from "../../protocol/messages/join-group.ts"
import { KafkaError } from "../errors.ts"
import type { Cluster } from "../net/cluster.ts"
import type { Assignor, AssignorMember } from "./assignors.ts"
import { decodeSubscription, encodeAssignment } from "./consumer-protocol.ts"

/** The assignments of one generation, where this member is the leader. */
export class GroupAssignment {
  readonly #cluster: Cluster
  readonly #assignors: readonly Assignor[]
  /** Partition counts that the present assignment is based on; undefined when we do not lead. */
  #counts: ReadonlyMap<string, number> | undefined

  constructor(cluster: Cluster, assignors: readonly Assignor[]) {
    this.#cluster = cluster
    this.#assignors = assignors
  }

  /** This member does not lead (any more). */
  clear(): void {
    this.#counts = undefined
  }

  /** Computes what each member gets. Fails with what makes the metadata unavailable. */
  async compute(joined: JoinGroupResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const assignor = this.#assignors.find(({ name }) => name === joined.protocolName)
    if (assignor === undefined) {
      const message = `The group uses the assignor '${joined.protocolName}', which is not ours.`
      throw new KafkaError("INCONSISTENT_GROUP_PROTOCOL", message)
    }
    const members: AssignorMember[] = joined.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      topics: decodeSubscription(member.metadata),
    }))
    const topics = new Set(members.flatMap((member) => member.topics))
    await this.#cluster.refresh(topics)
    const counts = this.#partitionCounts(topics)
    this.#counts = counts
    const known = new Map([...counts].filter(([, count]) => count > 0))
    const assigned = assignor.assign(members, known)
    return members.map(({ memberId }) => ({
      memberId,
      assignment: encodeAssignment(assigned.get(memberId) ?? []),
    }))
  }

  /** Topics that the present assignment is about; none when we do not lead. */
  get topics(): string[] {
    return [...(this.#counts?.keys() ?? [])]
  }

  /** Whether the metadata now show other partition counts than the assignment was made for. */
  isStale(): boolean {
    if (this.#counts === undefined) return false
    const now = this.#partitionCounts(this.#counts.keys())
    return [...this.#counts].some(([topic, count]) => now.get(topic) !== count)
  }

  #partitionCounts(topics: Iterable<string>): Map<string, number> {
    const { metadata } = this.#cluster
    return new Map(
      [...topics].map((topic) => [topic, metadata.topics.get(topic)?.partitions.length ?? 0]),
    )
  }
}
