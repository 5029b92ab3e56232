/** Deleting records from the start of partitions. */
import {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from "../../protocol/messages/delete-records.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import { askLeaders, groupBy } from "../net/routing.ts"
import type { TopicPartitionOffset } from "../records.ts"

const DeleteRecords = api(DeleteRecordsRequest, DeleteRecordsResponse)

/** Moves the starts of partitions forward; the new starts, in the order given. */
export async function deleteRecords(
  cluster: Cluster,
  offsets: readonly TopicPartitionOffset[],
): Promise<TopicPartitionOffset[]> {
  const { requestTimeoutMs: timeoutMs } = cluster.options
  const answers = await askLeaders(cluster, offsets, {
    what: "Deleting records",
    timeoutMs,
    ask: async (target, asked) => {
      const topics = [...groupBy(asked, ({ topic }) => topic)].map(([name, group]) => ({
        name,
        partitions: group.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
      }))
      const reply = await cluster.call({ api: DeleteRecords, target, value: { topics, timeoutMs } })
      return reply.topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition, lowWatermark, errorCode }) => ({
          topic,
          partition,
          offset: lowWatermark,
          errorCode,
        })),
      )
    },
  })
  return answers.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
}
