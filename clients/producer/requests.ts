/** The producer's requests and replies: what goes into them, what is read out of them. */
import { ErrorCode } from "../../protocol/errors.ts"
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../protocol/messages/init-producer-id.ts"
import { ProduceRequest, ProduceResponse } from "../../protocol/messages/produce.ts"
import { answerError, KafkaError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import { retry } from "../net/retry.ts"
import { partitionName } from "../records.ts"
import type { PartitionQueue } from "./accumulator.ts"
import type { ProducerBatch } from "./batch.ts"
import type { ProducerIdentity } from "./sequences.ts"

const InitProducerId = api(InitProducerIdRequest, InitProducerIdResponse, { maxVersion: 5 })
/** Version 13 names topics by id, which old topics may lack; the names of 12 always work. */
export const Produce = api(ProduceRequest, ProduceResponse, { maxVersion: 12 })

/** What a reply says about one partition. */
export type PartitionReply = ProduceResponse["responses"][number]["partitionResponses"][number]

/** A batch and the queue it came from. */
export interface Outgoing {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
}

/** Asks a broker for a producer id, again until the request time-out. */
export function requestIdentity(cluster: Cluster): Promise<ProducerIdentity> {
  return retry(async () => {
    const reply = await cluster.call({
      api: InitProducerId,
      value: { transactionalId: null, transactionTimeoutMs: 0x7fffffff },
    })
    if (reply.errorCode !== ErrorCode.NONE) {
      const subject = "The broker gave no producer id (set idempotent to false to do without)"
      throw answerError(reply.errorCode, subject)
    }
    return reply
  }, cluster.retryOptions())
}

/** The batches of a request, by topic. */
export function topicData(outgoing: readonly Outgoing[]) {
  const topics = new Map<string, { index: number; records: Buffer }[]>()
  for (const { queue, batch } of outgoing) {
    const partition = { index: queue.partition, records: batch.bytes() }
    const partitions = topics.get(queue.topic)
    if (partitions === undefined) topics.set(queue.topic, [partition])
    else partitions.push(partition)
  }
  return [...topics].map(([name, partitionData]) => ({ name, partitionData }))
}

/** The parts of a reply, by partition name. */
export function repliesByPartition(reply: ProduceResponse): Map<string, PartitionReply> {
  const replies = new Map<string, PartitionReply>()
  for (const { name: topic, partitionResponses } of reply.responses) {
    for (const answer of partitionResponses) {
      replies.set(partitionName({ topic, partition: answer.index }), answer)
    }
  }
  return replies
}

/** What the broker says about the records it refused. */
export function rejection(answer: PartitionReply): string | undefined {
  const [first] = answer.recordErrors
  const detail = first?.batchIndexErrorMessage
  const text = answer.errorMessage ?? detail
  return text === null || text === undefined ? undefined : text
}

/** A partition was left out of the reply. */
export function noAnswer(queue: PartitionQueue): KafkaError {
  const message = `The broker's reply says nothing about ${partitionName(queue)}.`
  return new KafkaError("INVALID_RESPONSE", message, queue)
}

/** The time of a batch is up. */
export function expired(queue: PartitionQueue, batch: ProducerBatch): KafkaError {
  const { topic, partition, lastError } = queue
  const waitedMs = Math.round(batch.deadlineAt - batch.createdAt)
  const why = lastError === undefined ? "" : ` Last error: ${lastError.message}`
  const message =
    `${batch.recordCount} records for ${partitionName(queue)} were not stored within ` +
    `deliveryTimeoutMs (${waitedMs} ms), after ${batch.attempts} attempts.${why}`
  return new KafkaError("TIMED_OUT", message, {
    retriable: true,
    topic,
    partition,
    cause: lastError,
  })
}
