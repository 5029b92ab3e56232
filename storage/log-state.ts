/**
 * What the parts of one log share: log.ts is the door, log-appender.ts writes, log-reader.ts reads,
 * log-upkeep.ts rolls, truncates and deletes. All on one loop, so there is nothing to lock.
 */
import type { Os } from "../native/os.ts"
import type { FlushPoint, FlushScheduler } from "./flush.ts"
import type { LeaderEpochs } from "./leader-epochs.ts"
import type { LogConfig } from "./log-config.ts"
import type { LogDirectory, StorageFailure } from "./log-directory.ts"
import { LogFiles } from "./log-files.ts"
import type { ProducerState } from "./producer-state.ts"
import { RecentBatches } from "./recent-batches.ts"
import type { Segment, SegmentHome } from "./segment.ts"
import type { Segments } from "./segments.ts"

/** What a log is made of; put together by log-manager.ts. */
export interface LogParts {
  readonly os: Os
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly config: LogConfig
  readonly home: SegmentHome
  readonly directory: LogDirectory
  readonly scheduler: FlushScheduler
  /** Its directory was just made. */
  readonly isNew: boolean
}

/** What recovery found on disk. */
export interface LoadedLog {
  readonly segments: Segments
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly logStartOffset: number
  /** Everything below is synced. */
  readonly recoveryPoint: number
  /** The stop before was not orderly: what is on disk was read and mended. */
  readonly isRecovered: boolean
  /** Newest snapshot of the producers; -1 when there is none. */
  readonly snapshotOffset: number
  /** Why the log takes part in nothing: damage that must not be cut away. */
  readonly failure?: StorageFailure | undefined
}

/** State of one open log. */
export class LogState {
  readonly parts: LogParts
  readonly os: Os
  readonly directory: LogDirectory
  readonly segments: Segments
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly smallFiles: LogFiles
  /** Why nothing can be read or written. */
  readonly damage: StorageFailure | undefined
  /** Where the latest batches of the active segment are. */
  readonly recent = new RecentBatches()
  config: LogConfig
  logStartOffset: number
  logEndOffset: number
  snapshotOffset: number
  /** Where the synced part of the log ends. */
  durablePoint: FlushPoint
  /** Sealed segments that were not synced yet, oldest first. */
  unsynced: Segment[] = []
  areEpochsSaved = true
  /** Something was written since the last orderly stop. */
  isTouched: boolean
  isClosed = false

  constructor(parts: LogParts, loaded: LoadedLog) {
    const { os, home, directory } = parts
    const { active } = loaded.segments
    this.parts = parts
    this.os = os
    this.directory = directory
    this.config = parts.config
    this.segments = loaded.segments
    this.epochs = loaded.epochs
    this.producers = loaded.producers
    this.damage = loaded.failure
    this.logStartOffset = loaded.logStartOffset
    this.logEndOffset = active.endOffset
    this.snapshotOffset = loaded.snapshotOffset
    this.isTouched = loaded.isRecovered
    this.durablePoint = {
      endOffset: loaded.recoveryPoint,
      segmentBase: loaded.recoveryPoint === active.endOffset ? active.baseOffset : -1,
      position: active.sizeBytes,
    }
    // Names that an earlier life did not come to sync are as good as new.
    const isNew = parts.isNew || loaded.isRecovered
    const crc32c = os.crc32c.bind(os)
    this.smallFiles = new LogFiles({ files: os.files, crc32c, path: home.path, directory, isNew })
  }

  /** Why the log takes no appends; undefined while it does. */
  get failure(): StorageFailure | undefined {
    return this.damage ?? this.directory.failure
  }
}
