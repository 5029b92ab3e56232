/**
 * What a log knows of each idempotent producer: its epoch and its last batches. Finds duplicates,
 * gaps and fenced producers, and the transactions that are still open.
 *
 * 1. A batch is checked before it is written and noted after: a refused one leaves no trace.
 * 2. Sequence numbers run from 0 to 2^31 - 1 and begin again at 0.
 * 3. Transactions are kept in the order of their first offsets, which is that of insertion.
 */
import * as batch from "../protocol/records/batch.ts"
import { type Refusal, refuse } from "./append-result.ts"

/** Batches remembered per producer: a client may have as many unanswered requests. */
const REMEMBERED_BATCHES = 5
const MAX_SEQUENCE = 0x7fffffff
const NO_EPOCH = -1
const NO_SEQUENCE = -1
const NO_OFFSET = -1

/** A batch that is in the log. */
export interface ProducedBatch {
  lastSequence: number
  lastOffset: number
  /** Last offset minus first, and last sequence minus first. */
  offsetDelta: number
  timestamp: number
}

/** One producer, as kept in memory and in snapshots. */
export interface ProducerEntry {
  readonly producerId: number
  epoch: number
  /** Oldest first, at most REMEMBERED_BATCHES, all of the present epoch. */
  batches: ProducedBatch[]
  lastTimestamp: number
  coordinatorEpoch: number
  /** First offset of the transaction that is open; -1 when there is none. */
  transactionStart: number
}

/** How a transaction ended, and where. */
export interface TransactionEnd {
  readonly producerId: number
  readonly epoch: number
  readonly coordinatorEpoch: number
  readonly type: "commit" | "abort"
  /** Offset and timestamp of the marker. */
  readonly offset: number
  readonly timestamp: number
}

/** A transaction that a marker ended. */
export interface EndedTransaction {
  readonly firstOffset: number
  readonly lastOffset: number
  /** First offset of the oldest transaction still open, or the offset after the marker. */
  readonly lastStableOffset: number
}

/** All producers of one log. */
export class ProducerState {
  readonly #entries = new Map<number, ProducerEntry>()
  /** producer id -> first offset */
  readonly #open = new Map<number, number>()
  /** Ended, but the marker is not durable yet. */
  #ended: EndedTransaction[] = []
  #firstUnstable = NO_OFFSET

  get count(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  /** First offset whose transaction is undecided, or decided by a marker that may yet be lost. */
  get firstUnstableOffset(): number | undefined {
    return this.#firstUnstable < 0 ? undefined : this.#firstUnstable
  }

  /**
   * Compares a client's batch with what its producer sent before: undefined when it is the next
   * one, the batch in the log when it is a duplicate, else why it is refused.
   */
  check(bytes: Uint8Array, at: number): ProducedBatch | Refusal | undefined {
    const entry = this.#entries.get(batch.producerId(bytes, at))
    // Nothing known, perhaps because retention deleted it all: any sequence is welcome.
    if (entry === undefined) return undefined
    const epoch = batch.producerEpoch(bytes, at)
    const first = batch.baseSequence(bytes, at)
    if (epoch < entry.epoch)
      return refuse("invalid-producer-epoch", `producer epoch ${epoch}, seen was ${entry.epoch}`)
    if (epoch > entry.epoch) {
      if (first === 0 || entry.epoch === NO_EPOCH) return this.#checkTransaction(entry, bytes, at)
      return refuse("out-of-order-sequence", `epoch ${epoch} starts with sequence ${first}`)
    }
    const duplicate = findDuplicate(entry, bytes, at)
    if (duplicate !== undefined) return duplicate
    const last = entry.batches.at(-1)?.lastSequence ?? NO_SEQUENCE
    if (first === nextSequence(last, 1)) return this.#checkTransaction(entry, bytes, at)
    return refuse("out-of-order-sequence", `sequence ${first} follows ${last}`)
  }

  /** A producer that has a transaction open writes nothing outside of it. */
  #checkTransaction(entry: ProducerEntry, bytes: Uint8Array, at: number): Refusal | undefined {
    if (entry.transactionStart === NO_OFFSET) return undefined
    if (batch.isTransactional(batch.attributes(bytes, at))) return undefined
    return refuse("invalid-record", "a plain batch while the producer's transaction is open")
  }

  /** Whether a marker may be written: neither its producer nor its coordinator was replaced. */
  checkMarker(
    marker: Pick<TransactionEnd, "producerId" | "epoch" | "coordinatorEpoch">,
  ): Refusal | undefined {
    const entry = this.#entries.get(marker.producerId)
    if (entry === undefined) return undefined
    if (marker.epoch < entry.epoch)
      return refuse(
        "invalid-producer-epoch",
        `marker of epoch ${marker.epoch}, seen ${entry.epoch}`,
      )
    if (marker.coordinatorEpoch < entry.coordinatorEpoch)
      return refuse("invalid-producer-epoch", "marker of a coordinator that was replaced")
    return undefined
  }

  /** Notes a batch that is in the log at `baseOffset`. */
  noteBatch(bytes: Uint8Array, at: number, baseOffset: number): void {
    const producerId = batch.producerId(bytes, at)
    const epoch = batch.producerEpoch(bytes, at)
    const entry = this.#entries.get(producerId) ?? this.#add(producerId)
    if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    const delta = batch.lastOffsetDelta(bytes, at)
    const isFull = entry.batches.length === REMEMBERED_BATCHES
    const noted = isFull ? entry.batches.shift()! : newBatch()
    const first = batch.baseSequence(bytes, at)
    noted.lastSequence = first === NO_SEQUENCE ? NO_SEQUENCE : nextSequence(first, delta)
    noted.lastOffset = baseOffset + delta
    noted.offsetDelta = delta
    noted.timestamp = batch.maxTimestamp(bytes, at)
    entry.batches.push(noted)
    entry.lastTimestamp = noted.timestamp
    if (entry.transactionStart !== NO_OFFSET) return
    if (!batch.isTransactional(batch.attributes(bytes, at))) return
    entry.transactionStart = baseOffset
    this.#open.set(producerId, baseOffset)
    this.#findFirstUnstable()
  }

  /** Notes a marker that is in the log; the transaction it ended, if one was open. */
  noteMarker(end: TransactionEnd): EndedTransaction | undefined {
    const entry = this.#entries.get(end.producerId) ?? this.#add(end.producerId)
    if (entry.epoch !== end.epoch) {
      entry.epoch = end.epoch
      entry.batches = []
    }
    entry.coordinatorEpoch = end.coordinatorEpoch
    entry.lastTimestamp = end.timestamp
    const firstOffset = entry.transactionStart
    if (firstOffset === NO_OFFSET) return undefined
    entry.transactionStart = NO_OFFSET
    this.#open.delete(end.producerId)
    const [oldest] = this.#open.values()
    const lastStableOffset = oldest ?? end.offset + 1
    const ended = { firstOffset, lastOffset: end.offset, lastStableOffset }
    this.#ended.push(ended)
    this.#findFirstUnstable()
    return ended
  }

  /** Everything below `durableOffset` is safe: markers there cannot be lost any more. */
  noteDurable(durableOffset: number): void {
    if (this.#ended.length === 0) return
    this.#ended = this.#ended.filter(({ lastOffset }) => lastOffset >= durableOffset)
    this.#findFirstUnstable()
  }

  /** Forgets producers that were silent for `expirationMs` and have no transaction open. */
  expire(nowMs: number, expirationMs: number): void {
    for (const entry of this.#entries.values()) {
      const isOpen = entry.transactionStart !== NO_OFFSET
      if (!isOpen && nowMs - entry.lastTimestamp >= expirationMs)
        this.#entries.delete(entry.producerId)
    }
  }

  /** Forgets everything, or starts from what a snapshot held. */
  reset(entries: readonly ProducerEntry[] = []): void {
    this.#entries.clear()
    this.#open.clear()
    this.#ended = []
    for (const entry of entries) this.#entries.set(entry.producerId, entry)
    const open = entries.filter(({ transactionStart }) => transactionStart !== NO_OFFSET)
    open.sort((one, other) => one.transactionStart - other.transactionStart)
    for (const entry of open) this.#open.set(entry.producerId, entry.transactionStart)
    this.#findFirstUnstable()
  }

  #add(producerId: number): ProducerEntry {
    const entry = {
      producerId,
      epoch: NO_EPOCH,
      batches: [],
      lastTimestamp: -1,
      coordinatorEpoch: -1,
      transactionStart: NO_OFFSET,
    }
    this.#entries.set(producerId, entry)
    return entry
  }

  #findFirstUnstable(): void {
    const [open = Number.POSITIVE_INFINITY] = this.#open.values()
    const first = this.#ended.reduce((least, { firstOffset }) => Math.min(least, firstOffset), open)
    this.#firstUnstable = first === Number.POSITIVE_INFINITY ? NO_OFFSET : first
  }
}

function newBatch(): ProducedBatch {
  return { lastSequence: 0, lastOffset: 0, offsetDelta: 0, timestamp: 0 }
}

/** Sequence number `increment` after `sequence`. */
function nextSequence(sequence: number, increment: number): number {
  return sequence > MAX_SEQUENCE - increment
    ? increment - (MAX_SEQUENCE - sequence) - 1
    : sequence + increment
}

function findDuplicate(
  entry: ProducerEntry,
  bytes: Uint8Array,
  at: number,
): ProducedBatch | undefined {
  const delta = batch.lastOffsetDelta(bytes, at)
  const last = nextSequence(batch.baseSequence(bytes, at), delta)
  for (const known of entry.batches)
    if (known.lastSequence === last && known.offsetDelta === delta) return known
  return undefined
}
