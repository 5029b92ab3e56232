/**
 * Who of a group reads which partitions: computed by the member that the coordinator made leader,
 * from what all members subscribe to. The same input gives the same result as Kafka's Java client,
 * so that groups may be mixed.
 */
import type { TopicPartition } from "../records.ts"

/** A member of a group as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
}

/** Distributes partitions. */
export interface Assignor {
  /** Under this name members agree on it. */
  readonly name: string
  /** Partitions of each member, by member id. Topics that do not exist have no count. */
  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): Map<string, TopicPartition[]>
}

/** Each topic by itself: consecutive partitions to each member, the first ones get one more. */
export const rangeAssignor: Assignor = {
  name: "range",
  assign(members, partitionCounts) {
    const result = emptyAssignment(members)
    for (const topic of topicsOf(members)) {
      const readers = sorted(members).filter((member) => member.topics.includes(topic))
      const count = partitionCounts.get(topic) ?? 0
      const share = Math.floor(count / readers.length)
      const extra = count % readers.length
      let partition = 0
      readers.forEach((reader, index) => {
        const end = partition + share + (index < extra ? 1 : 0)
        for (; partition < end; partition++) result.get(reader.memberId)!.push({ topic, partition })
      })
    }
    return result
  },
}

/** All partitions of all topics in turn, one to each member that wants it. */
export const roundRobinAssignor: Assignor = {
  name: "roundrobin",
  assign(members, partitionCounts) {
    const result = emptyAssignment(members)
    const circle = sorted(members)
    let turn = 0
    for (const topic of topicsOf(members)) {
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
        while (!circle[turn % circle.length]!.topics.includes(topic)) turn++
        result.get(circle[turn++ % circle.length]!.memberId)!.push({ topic, partition })
      }
    }
    return result
  },
}

/** The assignors that can be named in options. */
export const assignors: Readonly<Record<"range" | "roundrobin", Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
}

function emptyAssignment(members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}

/** Static members first and by instance id, so that they keep their places over restarts. */
function sorted(members: readonly AssignorMember[]): AssignorMember[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
      return compare(a.groupInstanceId, b.groupInstanceId)
    }
    if (a.groupInstanceId !== null) return -1
    if (b.groupInstanceId !== null) return 1
    return compare(a.memberId, b.memberId)
  })
}

function topicsOf(members: readonly AssignorMember[]): string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort(compare)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
