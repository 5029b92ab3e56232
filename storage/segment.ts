/**
 * One base offset: the data file and its indexes, which move together.
 *
 * Which batches get an index entry: the first of the segment, and each one that ends more than
 * `indexIntervalBytes` behind the start of the last indexed one. Therefore, in a dense segment:
 *
 *   entries more than MAX_INDEX_INTERVAL apart    are neighbours, nothing lies between them
 *   entries no further apart                      hold small batches between them, if any
 *
 * so batch boundaries are known without reading the data (segment-search.ts). Kafka indexes a
 * little later and never the first batch, which is how its segments are told from ours.
 */
import { errno } from "../native/errno.ts"
import type { Files } from "../native/os.ts"
import { BatchWalk } from "./batch-walk.ts"
import { SharedFile } from "./file-slice.ts"
import { segmentPath } from "./layout.ts"
import type { LogConfig } from "./log-config.ts"
import { OffsetIndex } from "./offset-index.ts"
import { TimeIndex } from "./time-index.ts"
import { TransactionIndex } from "./transaction-index.ts"

/** The largest index interval that is honoured, and so what readers may rely on. */
export const MAX_INDEX_INTERVAL_BYTES = 4096

/** What segments of one log have in common. */
export interface SegmentHome {
  readonly files: Files
  /** The log's directory. */
  readonly path: string
}

/** The data of offsets `baseOffset` .. `endOffset - 1`. */
export class Segment {
  readonly baseOffset: number
  readonly offsets: OffsetIndex
  readonly times: TimeIndex
  readonly transactions: TransactionIndex
  /** Bytes of data. */
  sizeBytes: number
  /** Offset after the last record. For a sealed segment: the base of the next one. */
  endOffset: number
  /** When it was made, or first seen; for rolling by time when records have no timestamps. */
  createdAt = 0
  /** Largest timestamp of the first batch; -1 while there is none. */
  firstTimestamp = -1
  /** Lives this much shorter than segment.ms. */
  jitterMs = 0
  /** Takes no more appends. */
  isSealed = false
  /** Somebody read from it since retention looked the last time. */
  isUsed = false
  /** Whether the index follows our rule; undefined until somebody finds out. */
  isDense: boolean | undefined
  readonly #home: SegmentHome
  #file: SharedFile | undefined
  #lastIndexedPosition = -1
  #maxTimestamp = -1
  #maxTimestampOffset = -1
  #knowsTimestamps: boolean

  constructor(
    home: SegmentHome,
    options: { baseOffset: number; sizeBytes: number; isNew: boolean; config: LogConfig },
  ) {
    const { baseOffset, sizeBytes, isNew, config } = options
    const { files, path } = home
    const maxBytes = config.indexMaxBytes
    const index = { files, maxBytes, baseOffset }
    const offsetPath = segmentPath(path, baseOffset, "offsetIndex")
    const timePath = segmentPath(path, baseOffset, "timeIndex")
    this.#home = home
    this.baseOffset = baseOffset
    this.endOffset = baseOffset
    this.sizeBytes = sizeBytes
    this.offsets = new OffsetIndex({ ...index, path: offsetPath }, isNew)
    this.times = new TimeIndex({ ...index, path: timePath }, isNew)
    const transactionPath = segmentPath(path, baseOffset, "transactionIndex")
    this.transactions = new TransactionIndex(files, transactionPath, isNew)
    this.#knowsTimestamps = isNew
    if (isNew) this.isDense = true
  }

  /** Makes the data file, empty; a segment or -errno. */
  static create(
    home: SegmentHome,
    options: { baseOffset: number; config: LogConfig; createdAt: number; jitterMs: number },
  ): Segment | number {
    const { baseOffset, config } = options
    const path = segmentPath(home.path, baseOffset, "data")
    const fd = home.files.open(path, "create")
    if (fd < 0) return fd
    if (config.preallocate) {
      const result = home.files.allocate(fd, 0, config.segmentBytes)
      if (result < 0 && result !== -errno.ENOTSUP && result !== -errno.EOPNOTSUPP) {
        home.files.close(fd)
        return result
      }
    }
    const segment = new Segment(home, { baseOffset, sizeBytes: 0, isNew: true, config })
    segment.#file = new SharedFile(home.files, fd, path)
    segment.createdAt = options.createdAt
    segment.jitterMs = options.jitterMs
    return segment
  }

  get path(): string {
    return segmentPath(this.#home.path, this.baseOffset, "data")
  }

  /** Descriptor of the data file without opening it; -1 when it is not open. */
  get fd(): number {
    return this.#file === undefined ? -1 : this.#file.fd
  }

  /** The data file, opened when it is not; or -errno. */
  file(): SharedFile | number {
    if (this.#file !== undefined) return this.#file
    const fd = this.#home.files.open(this.path, this.isSealed ? "read" : "write")
    if (fd < 0) return fd
    return (this.#file = new SharedFile(this.#home.files, fd, this.path))
  }

  /** Largest timestamp of the segment; -1 when there is none. */
  get maxTimestamp(): number {
    if (!this.#knowsTimestamps) this.#loadTimestamps()
    return this.#maxTimestamp
  }

  /** Last offset of the first batch with the largest timestamp. */
  get maxTimestampOffset(): number {
    if (!this.#knowsTimestamps) this.#loadTimestamps()
    return this.#maxTimestampOffset
  }

  /**
   * Notes a batch that was written at the end. 0, or -errno when an index could not take it: the
   * batch is in the log all the same.
   */
  noteAppend(lastOffset: number, length: number, timestamp: number, interval: number): number {
    const position = this.sizeBytes
    this.sizeBytes = position + length
    this.endOffset = lastOffset + 1
    if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp
      this.#maxTimestampOffset = lastOffset
    }
    if (position === 0) this.firstTimestamp = timestamp
    const last = this.#lastIndexedPosition
    if (last >= 0 && position + length - last <= interval) return 0
    this.#lastIndexedPosition = position
    let result = this.offsets.append(lastOffset, position)
    if (result >= 0) result = this.#indexTime()
    if (result < 0) this.isDense = false
    return result
  }

  /** Maps both indexes; those that are missing or damaged are made anew. 0 or -errno. */
  loadIndexes(): number {
    const { offsets, times } = this
    if (offsets.entries.isDamaged || times.entries.isDamaged) return this.rebuildIndexes()
    if (offsets.entries.isLoaded && times.entries.isLoaded) return 0
    let result = offsets.entries.load()
    if (result === 0) result = times.entries.load()
    if (result < 0 || !this.#areIndexesSound()) {
      if (result === 0 || result === -errno.ENOENT || result === -errno.EBADMSG)
        return this.rebuildIndexes()
      return result
    }
    if (offsets.count > 0) this.#lastIndexedPosition = offsets.positionAt(offsets.count - 1)
    return 0
  }

  #areIndexesSound(): boolean {
    const { offsets, times, sizeBytes } = this
    // Of a segment that is not sealed the end is not known yet when its indexes are loaded.
    const endOffset = this.isSealed ? this.endOffset : Number.POSITIVE_INFINITY
    if (!offsets.isSound(sizeBytes) || !times.isSound(endOffset)) return false
    const last = offsets.count - 1
    if (last < 0) return sizeBytes === 0
    // An index of ours that lost its end would make what is behind look like one batch.
    if (!this.isSealed || offsets.positionAt(0) !== 0) return true
    const isLastBatch = offsets.lastOffsetAt(last) === endOffset - 1
    return isLastBatch || sizeBytes - offsets.positionAt(last) <= MAX_INDEX_INTERVAL_BYTES
  }

  /** Makes both indexes from the headers of the data; 0 or -errno. */
  rebuildIndexes(): number {
    const file = this.file()
    if (typeof file === "number") return file
    this.clearIndexes()
    const { files } = this.#home
    const walk = new BatchWalk({ files, fd: file.fd, from: 0, to: this.sizeBytes })
    const { endOffset, sizeBytes } = this
    this.sizeBytes = 0
    while (walk.next()) {
      const { lastOffset, length, maxTimestamp } = walk
      const result = this.noteAppend(lastOffset, length, maxTimestamp, MAX_INDEX_INTERVAL_BYTES)
      if (result < 0) return result
    }
    if (endOffset > this.endOffset) this.endOffset = endOffset
    // What cannot be walked is still there: recovery judges it, and no append may write over it.
    if (walk.stop !== "end") this.sizeBytes = sizeBytes
    if (walk.stop === "failed") return walk.result
    if (!this.isSealed) return this.#indexTime()
    let result = this.seal()
    if (result >= 0) result = this.syncIndexes()
    return result < 0 ? result : this.loadIndexes()
  }

  /** Forgets both indexes and all that comes from them. */
  clearIndexes(): void {
    this.offsets.entries.clear()
    this.times.entries.clear()
    this.#lastIndexedPosition = -1
    this.#maxTimestamp = -1
    this.#maxTimestampOffset = -1
    this.#knowsTimestamps = true
    this.isDense = true
  }

  /**
   * Finds the end of a segment that was closed in order: walks from the last index entry to the end
   * of the file. False when the file does not end with a whole batch.
   */
  findEnd(): boolean | number {
    if (this.sizeBytes === 0) {
      this.clearIndexes()
      return true
    }
    const loaded = this.loadIndexes()
    if (loaded < 0) return loaded
    const file = this.file()
    if (typeof file === "number") return file
    this.#loadTimestamps()
    const from = this.offsets.count > 0 ? this.#lastIndexedPosition : 0
    const walk = new BatchWalk({ files: this.#home.files, fd: file.fd, from, to: this.sizeBytes })
    while (walk.next()) {
      const { lastOffset, maxTimestamp } = walk
      const isIndexed = walk.position === from
      // Our index would have an entry for such a batch: it lost its end.
      if (!isIndexed && walk.endPosition - from > MAX_INDEX_INTERVAL_BYTES) this.isDense = false
      this.endOffset = lastOffset + 1
      if (walk.position === 0) this.firstTimestamp = maxTimestamp
      if (maxTimestamp <= this.#maxTimestamp) continue
      this.#maxTimestamp = maxTimestamp
      this.#maxTimestampOffset = lastOffset
    }
    if (walk.stop === "failed") return walk.result
    return walk.stop === "end"
  }

  /** Cuts the data to `sizeBytes`, where the record before `endOffset` ends; 0 or -errno. */
  truncateTo(sizeBytes: number, endOffset: number): number {
    if (this.isSealed) this.close()
    this.isSealed = false
    const loaded = this.loadIndexes()
    if (loaded < 0) return loaded
    const file = this.file()
    if (typeof file === "number") return file
    // Index first: after a crash here an index is short, which costs nothing but a longer walk.
    this.offsets.truncateTo(endOffset)
    this.times.truncateTo(endOffset)
    let result = this.transactions.truncateTo(endOffset)
    if (result >= 0) result = this.#home.files.truncate(file.fd, sizeBytes)
    if (result < 0) return result
    this.sizeBytes = sizeBytes
    this.endOffset = endOffset
    const { count } = this.offsets
    this.#lastIndexedPosition = count > 0 ? this.offsets.positionAt(count - 1) : -1
    this.#knowsTimestamps = false
    const found = this.findEnd()
    return typeof found === "number" ? found : 0
  }

  /** No more appends: both indexes get their last entry and are cut to size. 0 or -errno. */
  seal(): number {
    this.isSealed = true
    if (!this.offsets.entries.isLoaded && !this.times.entries.isLoaded) return 0
    let result = this.#indexTime()
    if (result >= 0) result = this.offsets.entries.trim()
    if (result >= 0) result = this.times.entries.trim()
    return result
  }

  /** Cuts a preallocated data file to what it holds; 0 or -errno. */
  trimData(): number {
    const file = this.file()
    if (typeof file === "number") return file
    const size = this.#home.files.size(file.fd)
    return size > this.sizeBytes ? this.#home.files.truncate(file.fd, this.sizeBytes) : size
  }

  /** Lets go of map and descriptor; slices in flight keep theirs. */
  close(): void {
    this.offsets.entries.close()
    this.times.entries.close()
    this.#file?.release()
    this.#file = undefined
  }

  /** Whether anything is open that a reader of old data would open again. */
  get isOpen(): boolean {
    return this.#file !== undefined || this.offsets.entries.isLoaded
  }

  /** Index files that have to be as safe as the data before recovery may rely on them. */
  get indexPaths(): readonly string[] {
    const { offsets, times, transactions } = this
    const paths = [offsets.entries.path, times.entries.path]
    return transactions.count > 0 ? [...paths, transactions.path] : paths
  }

  /** Makes the index files durable, now; 0 or -errno. */
  syncIndexes(): number {
    const { files } = this.#home
    for (const path of this.indexPaths) {
      const fd = files.open(path, "read")
      if (fd < 0) return fd
      const result = files.syncNow(fd)
      files.close(fd)
      if (result < 0) return result
    }
    return 0
  }

  /** Removes all files; slices in flight stay readable. The first -errno, or 0. */
  remove(): number {
    this.close()
    const { files, path } = this.#home
    let failure = 0
    // Data last: what is left after a crash is a whole segment without index, or nothing.
    const kinds = ["offsetIndex", "timeIndex", "transactionIndex", "snapshot", "data"] as const
    for (const kind of kinds) {
      const result = files.unlink(segmentPath(path, this.baseOffset, kind))
      if (result < 0 && result !== -errno.ENOENT && failure === 0) failure = result
    }
    return failure
  }

  #indexTime(): number {
    if (this.#maxTimestamp < 0) return 0
    return this.times.append(this.#maxTimestamp, this.#maxTimestampOffset)
  }

  /** Of a segment found on disk, the last entry of the time index knows the largest timestamp. */
  #loadTimestamps(): void {
    if (this.loadIndexes() < 0) return
    this.#knowsTimestamps = true
    const last = this.times.count - 1
    this.#maxTimestamp = last < 0 ? -1 : this.times.timestampAt(last)
    this.#maxTimestampOffset = last < 0 ? -1 : this.times.offsetAt(last)
  }
}
