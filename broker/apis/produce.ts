/**
 * Produce, versions 3-13 (advertised from 0, see api-versions.ts).
 *
 * 1. acks=1 answers once the bytes are in the page cache; acks=all when every partition of the
 *    request has committed what was appended; acks=0 not at all, and a failure closes the
 *    connection, since there is no other way to tell.
 * 2. Each partition succeeds or fails by itself, and carries exactly one record batch.
 * 3. Everything is appended before the handler returns: nothing of the frame is kept.
 *
 * Left out: transactional batches, since no transaction can be open: INVALID_TXN_STATE.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { ProduceReply, ProduceRequest } from "../../protocol/messages/produce.ts"
import {
  attributes,
  BATCH_OVERHEAD,
  batchLength,
  isTransactional,
} from "../../protocol/records/batch.ts"
import type { Refusal } from "../../storage/append-result.ts"
import { CLOSE, type Handler, NO_REPLY } from "../context.ts"
import { Deferred } from "../deferred.ts"
import { Deadline, type TimerWheel } from "../timer-wheel.ts"
import type { Catalog } from "../topics/catalog.ts"
import type { Partition } from "../topics/partition.ts"
import type { Topic } from "../topics/topic.ts"
import { errorCodeOf } from "./failures.ts"

/** First version that names topics by id. */
const TOPIC_ID_VERSION = 13
const ACKS_ALL = -1
const ACKS_NONE = 0
const ACKS_LEADER = 1
/** The client id that may write to internal topics, as in Kafka. */
const ADMIN_CLIENT_ID = "__admin_client"

/** What the handler is made from. */
export interface ProduceParts {
  catalog: Catalog
  wheel: TimerWheel
}

type PartitionRequest = ProduceRequest["topicData"][number]["partitionData"][number]
type PartitionReply = ProduceReply["responses"][number]["partitionResponses"][number]

/** A reply whose codes may still change while partitions commit. */
type Outcome = { -readonly [K in keyof PartitionReply]: PartitionReply[K] }

/** An appended batch that acks=all waits for. */
interface Appended {
  readonly partition: Partition
  readonly endOffset: number
  readonly outcome: Outcome
}

/** Answers at once, unless acks=all has to wait for the disk. */
export function produce(parts: ProduceParts): Handler<ProduceRequest, ProduceReply> {
  return (request, context) => {
    const { acks } = request
    const isLegal = acks === ACKS_ALL || acks === ACKS_NONE || acks === ACKS_LEADER
    const appended: Appended[] | undefined = acks === ACKS_ALL ? [] : undefined
    const isById = context.apiVersion >= TOPIC_ID_VERSION
    const mayWriteInternal = context.clientId === ADMIN_CLIENT_ID
    let hasFailed = false
    const responses = request.topicData.map((asked) => {
      const { name, topicId, partitionData } = asked
      const topic = isById ? parts.catalog.findById(topicId) : parts.catalog.find(name)
      const refusal = isLegal
        ? topicRefusal(topic, isById, mayWriteInternal)
        : ErrorCode.INVALID_REQUIRED_ACKS
      const partitionResponses = partitionData.map((data) => {
        const outcome =
          refusal === 0 ? append(topic!, data, appended) : failure(data.index, refusal)
        if (outcome.errorCode !== 0) hasFailed = true
        return outcome
      })
      return { name, topicId, partitionResponses }
    })
    if (acks === ACKS_NONE) return hasFailed ? CLOSE : NO_REPLY
    const reply: ProduceReply = { responses }
    if (appended === undefined || appended.length === 0) return reply
    return whenAllCommitted(appended, reply, { wheel: parts.wheel, timeoutMs: request.timeoutMs })
  }
}

function topicRefusal(topic: Topic | undefined, isById: boolean, mayWriteInternal: boolean) {
  if (topic === undefined) {
    return isById ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  }
  return topic.isInternal && !mayWriteInternal ? ErrorCode.INVALID_TOPIC_EXCEPTION : ErrorCode.NONE
}

function append(topic: Topic, data: PartitionRequest, appended: Appended[] | undefined): Outcome {
  const { index, records } = data
  const partition = topic.partitions[index]
  if (partition === undefined) return failure(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const problem = batchProblem(records)
  if (problem !== undefined) return failure(index, problem.code, problem.text)
  const result = partition.append(records!, 0, records!.length)
  if (!result.ok) return refused(index, result)
  const outcome: Outcome = {
    index,
    errorCode: ErrorCode.NONE,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: result.logStartOffset,
  }
  appended?.push({ partition, endOffset: result.lastOffset + 1, outcome })
  return outcome
}

interface Problem {
  readonly code: number
  readonly text: string
}

const noBatch = invalid("Produce requests must carry one record batch per partition.")
const severalBatches = invalid("Produce requests must carry only one record batch per partition.")
const noTransaction: Problem = {
  code: ErrorCode.INVALID_TXN_STATE,
  text: "The record batch is transactional, but no transaction is open.",
}

function invalid(text: string): Problem {
  return { code: ErrorCode.INVALID_RECORD, text }
}

/** What can be said of the bytes before storage looks at them. */
function batchProblem(records: Buffer | null): Problem | undefined {
  if (records === null || records.length === 0) return noBatch
  // Shorter ones, and those whose length field is wrong, are storage's to judge.
  if (records.length < BATCH_OVERHEAD) return undefined
  const length = batchLength(records, 0)
  if (length >= BATCH_OVERHEAD && length < records.length) return severalBatches
  return isTransactional(attributes(records, 0)) ? noTransaction : undefined
}

function refused(index: number, result: Refusal): Outcome {
  const outcome = failure(index, errorCodeOf(result.reason), result.message ?? null)
  if (result.recordErrors === undefined) return outcome
  outcome.recordErrors = result.recordErrors.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: message,
  }))
  return outcome
}

function failure(index: number, errorCode: number, errorMessage: string | null = null): Outcome {
  return { index, errorCode, baseOffset: -1, errorMessage }
}

/** The reply once all partitions have committed, or once the time the client gave is over. */
function whenAllCommitted(
  appended: Appended[],
  reply: ProduceReply,
  limits: { wheel: TimerWheel; timeoutMs: number },
): ProduceReply | Deferred<ProduceReply> {
  let pendingCount = appended.length
  let later: { reply: Deferred<ProduceReply>; deadline: Deadline } | undefined
  const isPending = new Set(appended)
  for (const batch of appended) {
    batch.partition.whenCommitted(batch.endOffset, (storageFailure) => {
      if (!isPending.delete(batch)) return
      if (storageFailure !== undefined) fail(batch.outcome, ErrorCode.KAFKA_STORAGE_ERROR)
      pendingCount--
      if (pendingCount > 0 || later === undefined) return
      limits.wheel.cancel(later.deadline)
      later.reply.resolve(reply)
    })
  }
  if (pendingCount === 0) return reply
  const deferred = new Deferred<ProduceReply>()
  const deadline = new Deadline(() => {
    for (const batch of isPending) fail(batch.outcome, ErrorCode.REQUEST_TIMED_OUT)
    isPending.clear()
    deferred.resolve(reply)
  })
  later = { reply: deferred, deadline }
  limits.wheel.add(deadline, Math.max(0, limits.timeoutMs))
  return deferred
}

function fail(outcome: Outcome, errorCode: number): void {
  outcome.errorCode = errorCode
  outcome.baseOffset = -1
  outcome.logStartOffset = -1
}
