/**
 * `__consumer_offsets`: where groups and their committed offsets outlive the broker. Made on first
 * use; a group's records are all in one partition, chosen by the hash of its id as Kafka does.
 *
 * 1. Records of one `append` are in the log in order; they are safe once `whenCommitted` says so.
 * 2. Replay ends at the log's end: recovery has cut what is not whole, and what was appended but
 *    never acknowledged may as well have happened.
 */
import type { Os } from "../../native/os.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import * as batch from "../../protocol/records/batch.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { findMarker } from "../../protocol/records/control.ts"
import { decodeRecords } from "../../protocol/records/record.ts"
import type { AppendFailure } from "../../storage/log.ts"
import type { Catalog } from "../topics/catalog.ts"
import type { Partition } from "../topics/partition.ts"
import { replayLog } from "../topics/replay.ts"
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from "./group-records.ts"

/** The topic Kafka keeps group metadata and committed offsets in. */
export const OFFSETS_TOPIC = "__consumer_offsets"
/** A batch is closed above this size; well below what the topic's max.message.bytes allows. */
const MAX_BATCH_BYTES = 512 * 1024

/** Who a replayed record was written by: a transaction's producer, or -1. */
export interface RecordOrigin {
  readonly producerId: number
  readonly recordOffset: number
}

/** Takes replayed records. */
export interface GroupReplay {
  record(record: GroupRecord, origin: RecordOrigin): void
  endTransaction(producerId: number, isCommitted: boolean): void
  /** A record of a format this broker does not know, or that cannot be read. */
  skipped(partition: number, offset: number, reason: string): void
}

/** What the log of groups needs of its surroundings. */
export interface GroupLogOptions {
  readonly os: Os
  readonly catalog: Catalog
  /** offsets.topic.num.partitions, when the topic has to be made. */
  readonly partitionCount: number
  /** offsets.topic.segment.bytes */
  readonly segmentBytes: number
}

/** What became of an append: where its first record is and where its last one ends. */
export type GroupAppendResult =
  | { readonly ok: true; readonly baseOffset: number; readonly endOffset: number }
  | { readonly ok: false; readonly reason: AppendFailure }

/** The log of groups. */
export class GroupLog {
  readonly #options: GroupLogOptions
  #creating: Promise<boolean> | undefined

  constructor(options: GroupLogOptions) {
    this.#options = options
  }

  /** Whether the topic is there, so that `append` can be called. */
  get isReady(): boolean {
    return this.#options.catalog.find(OFFSETS_TOPIC) !== undefined
  }

  /** Makes the topic when it is not there. False when that failed. */
  prepare(): Promise<boolean> {
    if (this.isReady) return Promise.resolve(true)
    this.#creating ??= this.#create().finally(() => {
      this.#creating = undefined
    })
    return this.#creating
  }

  /** Index of the partition that has this group's records. */
  partitionFor(groupId: string): number {
    const topic = this.#options.catalog.find(OFFSETS_TOPIC)
    return javaHash(groupId) % (topic?.partitions.length ?? this.#options.partitionCount)
  }

  /** Appends records of one group, in order. The topic is ready. */
  append(groupId: string, records: readonly GroupRecord[]): GroupAppendResult {
    const partition = this.#partitionOf(groupId)
    const timestamp = this.#options.os.clock.nowMs()
    const baseOffset = partition.logEndOffset
    let builder = new BatchBuilder({})
    for (const [index, record] of records.entries()) {
      builder.append({ ...encodeGroupRecord(record), timestamp })
      if (builder.sizeBytes < MAX_BATCH_BYTES && index + 1 < records.length) continue
      const bytes = builder.build()
      const result = partition.append(bytes, 0, bytes.length, "coordinator")
      if (!result.ok) return { ok: false, reason: result.reason }
      builder = new BatchBuilder({})
    }
    return { ok: true, baseOffset, endOffset: partition.logEndOffset }
  }

  /** Calls `done` with NONE once all of this group's records up to now are safe. */
  whenCommitted(groupId: string, done: (errorCode: ErrorCode) => void): void {
    const partition = this.#options.catalog.partition(OFFSETS_TOPIC, this.partitionFor(groupId))
    if (partition === undefined) {
      done(ErrorCode.NONE)
      return
    }
    partition.whenCommitted(partition.logEndOffset, (failure) => {
      done(failure === undefined ? ErrorCode.NONE : ErrorCode.NOT_COORDINATOR)
    })
  }

  /** Hands every record of every partition to `into`, oldest first within a partition. */
  replay(into: GroupReplay): { ok: true } | { ok: false; message: string } {
    for (const partition of this.#options.catalog.find(OFFSETS_TOPIC)?.partitions ?? []) {
      const problem = replayLog(this.#options.os, partition.log, (bytes, at) =>
        replayBatch(partition.index, bytes, at, into),
      )
      if (problem === undefined) continue
      return { ok: false, message: `${OFFSETS_TOPIC}-${partition.index}: ${problem}` }
    }
    return { ok: true }
  }

  async #create(): Promise<boolean> {
    const { catalog, partitionCount, segmentBytes } = this.#options
    const created = await catalog.create({
      name: OFFSETS_TOPIC,
      partitionCount,
      isInternal: true,
      configs: [
        ["cleanup.policy", "compact"],
        ["segment.bytes", String(segmentBytes)],
      ],
    })
    return created.ok || this.isReady
  }

  #partitionOf(groupId: string): Partition {
    return this.#options.catalog.find(OFFSETS_TOPIC)!.partitions[this.partitionFor(groupId)]!
  }
}

/** String.hashCode of Java made non-negative the way Kafka does (the lowest value becomes 0). */
export function javaHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  }
  return hash === -(2 ** 31) ? 0 : Math.abs(hash)
}

/** What a client is told when its group's records could not be appended. */
export function appendErrorCode(reason: AppendFailure): ErrorCode {
  // The client looks for the coordinator again; it cannot know that there is only one.
  if (reason === "storage-failure") return ErrorCode.NOT_COORDINATOR
  return ErrorCode.UNKNOWN_SERVER_ERROR
}

function replayBatch(partition: number, bytes: Buffer, at: number, into: GroupReplay): void {
  const attributes = batch.attributes(bytes, at)
  const producerId = batch.isTransactional(attributes) ? batch.producerId(bytes, at) : -1
  if (batch.isControl(attributes)) {
    const marker = findMarker(bytes, at)
    if (marker) into.endTransaction(producerId, marker.type === "commit")
    return
  }
  for (const { key, value, offset } of decodeRecords(bytes, at)) {
    const decoded = decodeGroupRecord(key, value)
    if (decoded.ok) into.record(decoded.record, { producerId, recordOffset: offset })
    else into.skipped(partition, offset, decoded.reason)
  }
}
