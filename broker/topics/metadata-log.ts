/**
 * What the broker must not forget about topics, as records of a log of its own:
 * `__cluster_metadata-0`, in our own batches, each value packed by msgpackr, the key its type.
 *
 * 1. A change is appended and synced before anybody is told of it (unless durability=memory).
 * 2. Replaying the log from its start gives the state: after kill -9 the torn tail has been cut
 *    by recovery, so only changes nobody was told of are missing.
 * 3. A record of an unknown type was written by a newer version: the start is refused.
 */
import { pack, unpack } from "msgpackr"
import type { Os } from "../../native/os.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { BatchError, decodeRecords } from "../../protocol/records/record.ts"
import type { Log } from "../../storage/log.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import type { LogManager } from "../../storage/log-manager.ts"
import { replayLog } from "./replay.ts"
import { METADATA_TOPIC } from "./topic-names.ts"

/** One change of the broker's state. */
export type MetadataRecord =
  | {
      type: "topic-created"
      name: string
      id: string
      partitionCount: number
      configs: Record<string, string>
      isInternal: boolean
    }
  | { type: "partitions-added"; id: string; partitionCount: number }
  | { type: "topic-configs"; id: string; configs: Record<string, string> }
  | { type: "topic-deleted"; id: string }
  | { type: "broker-configs"; configs: Record<string, string> }
  | { type: "producer-ids"; nextProducerId: number }
  | { type: "leader-epoch"; leaderEpoch: number }

const recordTypes: ReadonlySet<string> = new Set<MetadataRecord["type"]>([
  "topic-created",
  "partitions-added",
  "topic-configs",
  "topic-deleted",
  "broker-configs",
  "producer-ids",
  "leader-epoch",
])

/** The id of Kafka's own metadata topic. */
const METADATA_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ"

/** Why the metadata log could not be opened or written. */
export type MetadataFailure = { ok: false; reason: "storage-failure"; message: string }

/** The log of changes; `open` makes it, `replay` reads it, `append` adds to it. */
export class MetadataLog {
  readonly #os: Os
  readonly #log: Log

  private constructor(os: Os, log: Log) {
    this.#os = os
    this.#log = log
  }

  /** Finds the log among those the manager has recovered, or makes it. */
  static open(
    os: Os,
    manager: LogManager,
    config: LogConfig,
  ): { ok: true; log: MetadataLog } | MetadataFailure {
    const found = manager.find(METADATA_TOPIC, 0)
    if (found !== undefined) {
      found.updateConfig(config)
      return { ok: true, log: new MetadataLog(os, found) }
    }
    const created = manager.create(METADATA_TOPIC, 0, METADATA_TOPIC_ID, config)
    if (created.ok) return { ok: true, log: new MetadataLog(os, created.log) }
    const message = `cannot create the metadata log: ${created.message}`
    return { ok: false, reason: "storage-failure", message }
  }

  /** Where its files are. */
  get directory(): string {
    return this.#log.directory
  }

  /** Hands every change since the beginning to `apply`, oldest first. */
  replay(apply: (record: MetadataRecord) => void): { ok: true } | MetadataFailure {
    const problem = replayLog(this.#os, this.#log, (bytes, at) => {
      for (const { key, value, offset } of decodeRecords(bytes, at)) {
        const type = key?.toString("utf8") ?? ""
        if (!recordTypes.has(type)) {
          throw new BatchError(`offset ${offset} has a record of unknown type '${type}'`)
        }
        apply({ ...unpack(value ?? Buffer.alloc(0)), type } as MetadataRecord)
      }
    })
    return problem === undefined ? { ok: true } : this.#failure(problem)
  }

  /** Appends one change; `done` is called once it is on disk, or could not be put there. */
  append(record: MetadataRecord, done: (failure: MetadataFailure | undefined) => void): void {
    const nowMs = this.#os.clock.nowMs()
    const { type, ...rest } = record
    const builder = new BatchBuilder({})
    builder.append({ key: Buffer.from(type), value: pack(rest), timestamp: nowMs })
    const bytes = builder.build()
    const batch = { bytes, start: 0, length: bytes.length }
    const result = this.#log.append(
      { ...batch, leaderEpoch: this.#log.leaderEpoch, origin: "coordinator" },
      nowMs,
    )
    if (!result.ok) {
      done(this.#failure(result.reason))
      return
    }
    this.#log.whenDurable(result.lastOffset + 1, (failure) => {
      done(failure === undefined ? undefined : this.#failure("the change could not be synced"))
    })
  }

  #failure(detail: string): MetadataFailure {
    const message = `metadata log ${this.#log.directory}: ${detail}`
    return { ok: false, reason: "storage-failure", message }
  }
}
