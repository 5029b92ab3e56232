/** Offsets by timestamp, and the first and last of partitions, asked of their leaders. */
import { ListOffsetsRequest, ListOffsetsResponse } from "../../protocol/messages/list-offsets.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import { askLeaders, groupBy } from "../net/routing.ts"
import type { TopicPartition, TopicPartitionOffset } from "../records.ts"

const ListOffsets = api(ListOffsetsRequest, ListOffsetsResponse)

/** Timestamps that stand for a place. */
export const LATEST = -1
export const EARLIEST = -2
export const MAX_TIMESTAMP = -3

/** Which records a reader may see: all, or those of committed transactions only. */
export type IsolationLevel = "read_uncommitted" | "read_committed"

/** The isolation level as it travels. */
export function isolationCode(level: IsolationLevel): number {
  return level === "read_committed" ? 1 : 0
}

/** Where a timestamp is in a partition. */
export interface TimestampQuestion extends TopicPartition {
  /** Milliseconds, or one of the places above. */
  readonly timestamp: number
}

/** What was found. */
export interface ListedOffset extends TopicPartitionOffset {
  /** -1 when no record is that young. */
  readonly offset: number
  /** Timestamp of the record found; -1 for a place, or when there is none. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** Finds, for each question, the first offset whose timestamp is at least the one given. */
export async function listOffsets(
  cluster: Cluster,
  questions: readonly TimestampQuestion[],
  options: { readonly isolationLevel: IsolationLevel; readonly timeoutMs?: number },
): Promise<ListedOffset[]> {
  const timeoutMs = options.timeoutMs ?? cluster.options.requestTimeoutMs
  const minVersion = questions.some(({ timestamp }) => timestamp === MAX_TIMESTAMP) ? 7 : 1
  const answers = await askLeaders(cluster, questions, {
    what: "Offsets",
    timeoutMs,
    ask: async (leader, asked) => {
      const reply = await cluster.call({
        api: { ...ListOffsets, minVersion },
        target: leader,
        value: {
          replicaId: -1,
          isolationLevel: isolationCode(options.isolationLevel),
          timeoutMs,
          topics: [...groupBy(asked, ({ topic }) => topic)].map(([name, partitions]) => ({
            name,
            partitions: partitions.map(({ partition, timestamp }) => ({
              partitionIndex: partition,
              timestamp,
            })),
          })),
        },
      })
      return reply.topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex, ...answer }) => ({
          topic,
          partition: partitionIndex,
          ...answer,
        })),
      )
    },
  })
  return answers.map(({ errorCode: _, ...answer }) => answer)
}
