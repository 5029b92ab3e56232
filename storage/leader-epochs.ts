/**
 * Which leader epoch began at which offset, as kept in `leader-epoch-checkpoint`.
 *
 *   0 \n <count> \n <epoch> <start offset> \n ...
 *
 * 1. Epochs and start offsets both ascend.
 * 2. The file may be lost or old: epochs stand in the batches too, recovery reads them there.
 */
import { formatLines, parseLines } from "./checkpoint.ts"

/** One epoch: its leader's first append has this offset. */
export interface LeaderEpoch {
  readonly epoch: number
  readonly startOffset: number
}

/** No epoch, no offset: Kafka's answer where there is none. */
export const UNDEFINED_EPOCH = -1
export const UNDEFINED_OFFSET = -1

/** The epochs of one log. */
export class LeaderEpochs {
  #entries: LeaderEpoch[]

  constructor(entries: readonly LeaderEpoch[] = []) {
    this.#entries = [...entries]
  }

  /** Reads the file's text; undefined when it is damaged. */
  static parse(text: string): LeaderEpochs | undefined {
    const entries = parseLines(text, 2)?.map(([epoch, start]) => ({
      epoch: Number(epoch),
      startOffset: Number(start),
    }))
    if (entries === undefined) return undefined
    const isSound = entries.every(
      ({ epoch, startOffset }, index) =>
        Number.isSafeInteger(epoch) &&
        Number.isSafeInteger(startOffset) &&
        epoch > (entries[index - 1]?.epoch ?? -1) &&
        startOffset >= (entries[index - 1]?.startOffset ?? 0),
    )
    return isSound ? new LeaderEpochs(entries) : undefined
  }

  /** The file's text. */
  format(): string {
    return formatLines(this.#entries.map(({ epoch, startOffset }) => [epoch, startOffset]))
  }

  get entries(): readonly LeaderEpoch[] {
    return this.#entries
  }

  /** The latest epoch, -1 when there is none. */
  get latest(): number {
    return this.#entries.at(-1)?.epoch ?? UNDEFINED_EPOCH
  }

  /** Notes that `epoch` starts at `startOffset`; whether that was news. Epochs never fall. */
  assign(epoch: number, startOffset: number): boolean {
    if (epoch <= this.latest) return false
    // An epoch without records gives way to the one that got the first.
    while (this.#entries.length > 0 && this.#entries.at(-1)!.startOffset >= startOffset)
      this.#entries.pop()
    this.#entries.push({ epoch, startOffset })
    return true
  }

  /** Epoch of the record at an offset; -1 when it is not known. */
  epochAt(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? UNDEFINED_EPOCH
  }

  /**
   * The largest epoch not above the one asked for, and the offset where it ends: what a client
   * compares its own position with to see whether it was truncated (OffsetForLeaderEpoch).
   */
  endOffsetFor(epoch: number, logEndOffset: number): { leaderEpoch: number; endOffset: number } {
    if (epoch !== UNDEFINED_EPOCH && epoch === this.latest)
      return { leaderEpoch: epoch, endOffset: logEndOffset }
    const next = this.#entries.find((entry) => entry.epoch > epoch)
    if (epoch === UNDEFINED_EPOCH || next === undefined)
      return { leaderEpoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_OFFSET }
    const floor = this.#entries.findLast((entry) => entry.epoch <= epoch)
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: next.startOffset }
  }

  /** Forgets epochs that start at or after the end of the log; whether there were any. */
  truncateFromEnd(endOffset: number): boolean {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset)
    const changed = kept.length !== this.#entries.length
    this.#entries = kept
    return changed
  }

  /** Forgets epochs that ended before the log's start; whether there were any. */
  truncateFromStart(startOffset: number): boolean {
    const current = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    if (current < 0) return false
    const [first, ...rest] = this.#entries.slice(current)
    if (current === 0 && first!.startOffset === startOffset) return false
    this.#entries = [{ epoch: first!.epoch, startOffset }, ...rest]
    return true
  }
}
