/** A partition in memory, with the broker's rules for sequence numbers. */
import { ErrorCode } from "../../protocol/errors.ts"
import * as batch from "../../protocol/records/batch.ts"
import { readBatches } from "../../protocol/records/record.ts"

interface Producer {
  epoch: number
  nextSequence: number
  /** Base sequence -> base offset of the last five batches. */
  recent: Map<number, number>
}

/** Batches and what their producers may send next. */
export class FakeLog {
  startOffset = 0
  endOffset = 0
  readonly #batches: Buffer[] = []
  readonly #producers = new Map<number, Producer>()

  /** Forgets what it knew of producers, as a broker does after their expiry. */
  forgetProducers(): void {
    this.#producers.clear()
  }

  /** Appends a batch, or says why not. */
  append(records: Buffer): { errorCode: number; baseOffset: number } {
    const id = batch.producerId(records, 0)
    if (id >= 0) {
      const verdict = this.#check(records, id)
      if (verdict !== undefined) return verdict
    }
    const baseOffset = this.endOffset
    const copy = Buffer.from(records)
    batch.setBaseOffset(copy, 0, baseOffset)
    this.#batches.push(copy)
    this.endOffset += batch.recordCount(copy, 0)
    if (id >= 0) this.#remember(records, id, baseOffset)
    return { errorCode: 0, baseOffset }
  }

  /** All batches from the one that holds an offset on. */
  read(offset: number): Buffer {
    return Buffer.concat(this.#batches.filter((bytes) => batch.lastOffset(bytes, 0) >= offset))
  }

  offsetAt(timestamp: number): number {
    const found = this.#records().find((record) => record.timestamp >= timestamp)
    return found?.offset ?? -1
  }

  /** Values of all records, as text. */
  values(): string[] {
    return this.#records().map(({ value }) => String(value))
  }

  #records() {
    return [...readBatches(Buffer.concat(this.#batches), { checkCrc: true })]
  }

  #check(records: Buffer, id: number): { errorCode: number; baseOffset: number } | undefined {
    const known = this.#producers.get(id)
    const epoch = batch.producerEpoch(records, 0)
    const sequence = batch.baseSequence(records, 0)
    if (known === undefined) {
      if (sequence === 0) return undefined
      return { errorCode: ErrorCode.UNKNOWN_PRODUCER_ID, baseOffset: -1 }
    }
    if (epoch < known.epoch) return { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 }
    const isNewEpoch = epoch > known.epoch
    const duplicate = isNewEpoch ? undefined : known.recent.get(sequence)
    if (duplicate !== undefined) return { errorCode: 0, baseOffset: duplicate }
    if (sequence === (isNewEpoch ? 0 : known.nextSequence)) return undefined
    return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 }
  }

  #remember(records: Buffer, id: number, baseOffset: number): void {
    const epoch = batch.producerEpoch(records, 0)
    const sequence = batch.baseSequence(records, 0)
    const known = this.#producers.get(id)
    const recent = known?.epoch === epoch ? known.recent : new Map<number, number>()
    recent.set(sequence, baseOffset)
    if (recent.size > 5) recent.delete(recent.keys().next().value!)
    const nextSequence = sequence + batch.recordCount(records, 0)
    this.#producers.set(id, { epoch, nextSequence, recent })
  }
}
