/**
 * Requests about many partitions: split by leader, sent side by side, answered per partition; what
 * may pass (a leader that moved) is asked again until the deadline.
 */
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import { answerError, asKafkaError, closedError, KafkaError } from "../errors.ts"
import { partitionName, type TopicPartition } from "../records.ts"
import { sleep } from "./clock.ts"
import type { Cluster } from "./cluster.ts"
import { backoffMs } from "./retry.ts"

/** What came back for one partition. */
export interface PartitionAnswer extends TopicPartition {
  readonly errorCode: number
}

/** How to ask one leader about some partitions. */
export type AskLeader<Q extends TopicPartition, A extends PartitionAnswer> = (
  leader: number,
  questions: readonly Q[],
) => Promise<readonly A[]>

/** Asks the leaders of all partitions; answers come in the order of the questions, none with an
 *  error. Fails with the first error that will not pass, or the last one when time is up. */
export async function askLeaders<Q extends TopicPartition, A extends PartitionAnswer>(
  cluster: Cluster,
  questions: readonly Q[],
  options: { readonly what: string; readonly timeoutMs: number; readonly ask: AskLeader<Q, A> },
): Promise<A[]> {
  const { clock } = cluster
  const startedAt = clock.monotonicMs()
  const leftMs = () => options.timeoutMs - (clock.monotonicMs() - startedAt)
  const answers = new Map<string, A>()
  let open = [...questions]
  for (let failures = 1; ; failures++) {
    for (const topic of new Set(open.map((question) => question.topic))) {
      await cluster.topic(topic, Math.max(leftMs(), 0))
    }
    const failed = await askOnce(cluster, open, options, answers)
    if (failed.size === 0) return questions.map((question) => answers.get(partitionName(question))!)
    open = open.filter((question) => failed.has(partitionName(question)))
    const error = failed.values().next().value!
    const waitMs = backoffMs(cluster.options, failures, clock.random())
    if (leftMs() < waitMs) throw error
    await sleep(clock, waitMs, cluster.signal)
    if (cluster.signal.aborted) throw closedError("client")
    await cluster.refresh(new Set(open.map(({ topic }) => topic))).catch(() => {})
  }
}

/** Items by what `keyOf` says of them, in order of first appearance. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** One round. Fills `answers`; returns what may be asked again, throws what will not pass. */
async function askOnce<Q extends TopicPartition, A extends PartitionAnswer>(
  cluster: Cluster,
  questions: readonly Q[],
  options: { readonly what: string; readonly ask: AskLeader<Q, A> },
  answers: Map<string, A>,
): Promise<Map<string, KafkaError>> {
  const failed = new Map<string, KafkaError>()
  const fail = (which: TopicPartition, error: KafkaError) => {
    if (!error.retriable) throw error
    failed.set(partitionName(which), error)
  }
  const byLeader = groupBy(questions, ({ topic, partition }) =>
    cluster.metadata.leaderOf(topic, partition),
  )
  const rounds = [...byLeader].map(async ([leader, asked]) => {
    if (leader < 0) {
      for (const question of asked) fail(question, leaderless(cluster, options.what, question))
      return
    }
    const missing = new Map(asked.map((question) => [partitionName(question), question]))
    try {
      for (const answer of await options.ask(leader, asked)) {
        missing.delete(partitionName(answer))
        if (answer.errorCode === ErrorCode.NONE) answers.set(partitionName(answer), answer)
        else fail(answer, refused(options.what, answer))
      }
    } catch (cause) {
      const error = asKafkaError(cause, "INVALID_RESPONSE", options.what)
      for (const question of asked) fail(question, error)
      return
    }
    for (const question of missing.values()) fail(question, unanswered(options.what, question))
  })
  const results = await Promise.allSettled(rounds)
  for (const result of results) if (result.status === "rejected") throw result.reason
  return failed
}

function refused(what: string, answer: PartitionAnswer): KafkaError {
  const { topic, partition, errorCode } = answer
  return answerError(errorCode, `${what} of ${partitionName(answer)}`, {
    topic,
    partition,
    retriable: isRetriable(errorCode),
  })
}

/** No leader: for the moment, or because there is no such partition. */
function leaderless(cluster: Cluster, what: string, { topic, partition }: TopicPartition) {
  const info = cluster.metadata.topics.get(topic)
  const exists = info !== undefined && partition < info.partitions.length
  const code = exists ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const subject = `${what} of ${partitionName({ topic, partition })}`
  return answerError(code, subject, { topic, partition, retriable: exists })
}

function unanswered(what: string, which: TopicPartition): KafkaError {
  const message = `${what}: the reply says nothing about ${partitionName(which)}.`
  return new KafkaError("INVALID_RESPONSE", message, which)
}
