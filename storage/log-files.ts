/**
 * The small files of one log beside its segments, and what new names in its directory need.
 *
 * 1. Neither epochs nor snapshots are synced here: both can be made again from the batches, and a
 *    damaged one is recognised.
 * 2. Names are made durable before the first record that depends on them counts as such.
 */
import type { Files } from "../native/os.ts"
import { replaceFile, writeWhole } from "./checkpoint.ts"
import {
  formatPartitionMetadata,
  LEADER_EPOCH_FILE,
  PARTITION_METADATA_FILE,
  segmentPath,
} from "./layout.ts"
import type { LeaderEpochs } from "./leader-epochs.ts"
import type { LogDirectory, StorageFailure } from "./log-directory.ts"
import { formatSnapshot } from "./producer-snapshot.ts"
import type { ProducerState } from "./producer-state.ts"

export interface LogFilesOptions {
  readonly files: Files
  readonly crc32c: (bytes: Uint8Array, start: number, length: number) => number
  /** The log's directory. */
  readonly path: string
  /** The data directory it is in. */
  readonly directory: LogDirectory
  /** Whether `partition.metadata` was just written. */
  readonly isNew: boolean
}

/** Small files of a log. */
export class LogFiles {
  readonly #options: LogFilesOptions
  #hasNewNames: boolean
  #isNew: boolean

  constructor(options: LogFilesOptions) {
    this.#options = options
    this.#isNew = options.isNew
    this.#hasNewNames = options.isNew
  }

  /** A file was created in the log's directory. */
  noteNewName(): void {
    this.#hasNewNames = true
  }

  /** Replaces `partition.metadata`, synced. */
  saveTopicId(topicId: string): StorageFailure | undefined {
    const { files, path, directory } = this.#options
    const place = { directory: path, name: PARTITION_METADATA_FILE }
    const result = replaceFile(files, place, formatPartitionMetadata(topicId))
    if (result < 0) return directory.fail("write", `${path}/${PARTITION_METADATA_FILE}`, result)
    return undefined
  }

  saveEpochs(epochs: LeaderEpochs): StorageFailure | undefined {
    const { files, path, directory } = this.#options
    const place = { directory: path, name: LEADER_EPOCH_FILE }
    const result = replaceFile(files, place, epochs.format(), { isSynced: false })
    if (result < 0) return directory.fail("write", `${path}/${LEADER_EPOCH_FILE}`, result)
    return undefined
  }

  saveSnapshot(offset: number, producers: ProducerState): StorageFailure | undefined {
    const { files, path, crc32c, directory } = this.#options
    const target = segmentPath(path, offset, "snapshot")
    const bytes = formatSnapshot(producers.entries(), crc32c)
    const result = writeWhole(files, target, bytes, { isSynced: false })
    return result < 0 ? directory.fail("write", target, result) : undefined
  }

  /** Makes new names durable; blocks, but that is once per segment. */
  syncNames(): StorageFailure | undefined {
    if (!this.#hasNewNames) return undefined
    const { files, path, directory } = this.#options
    if (this.#isNew) {
      const failure = this.#syncMetadata()
      if (failure !== undefined) return failure
    }
    const result = files.syncDirectory(path)
    if (result < 0) return directory.fail("sync", path, result)
    if (directory.needsSync) {
      const synced = files.syncDirectory(directory.path)
      if (synced < 0) return directory.fail("sync", directory.path, synced)
      directory.needsSync = false
    }
    this.#hasNewNames = this.#isNew = false
    return undefined
  }

  #syncMetadata(): StorageFailure | undefined {
    const { files, path, directory } = this.#options
    const target = `${path}/${PARTITION_METADATA_FILE}`
    const fd = files.open(target, "write")
    const result = fd < 0 ? fd : files.syncNow(fd)
    if (fd >= 0) files.close(fd)
    return result < 0 ? directory.fail("sync", target, result) : undefined
  }
}
