/** One log under test beside its model: every call is made on both, every answer compared. */
import assert from "node:assert/strict"
import type { Prng, SimulatedOs } from "../../native/simulated/index.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"
import type { Log } from "../../storage/log.ts"
import { LogModel, type StoredBatch } from "./log-model.ts"

const MAX_RECORDS = 6
const LARGEST_VALUE_BYTES = 3000
const WHOLE_READ_BYTES = 50_000
const CRC_COVERS_FROM = 21

/** A log and what it ought to hold. */
export class SimulatedLog {
  readonly topic: string
  readonly partition: number
  readonly model = new LogModel()
  /** A fault was ordered in this life: calls may fail for it. */
  isDiskFaulty = false
  readonly #chance: Prng
  readonly #producerId: number
  /** Of an append that failed: may be found on the disk all the same, once. */
  #failed: StoredBatch | undefined
  /** Of a deletion that failed: the log may start there all the same. */
  #attemptedStart = 0
  /** Durability is promised in order, to callbacks of the present life only. */
  #life = 0

  constructor(topic: string, partition: number, chance: Prng) {
    this.topic = topic
    this.partition = partition
    this.#chance = chance
    this.#producerId = 7000 + partition
  }

  /** Appends one batch of the seed's choice; whether the disk took it. */
  append(os: SimulatedOs, log: Log): boolean {
    const batch = this.#newBatch(os.clock.nowMs())
    const { baseOffset, bytes } = batch
    const append = {
      ...this.#padded(bytes),
      leaderEpoch: log.leaderEpoch,
      origin: "client",
    } as const
    const result = log.append(append, os.clock.nowMs())
    const stored = Buffer.from(append.bytes.subarray(append.start, append.start + append.length))
    if (!result.ok) {
      assert(this.#mayFail(result.reason), `append refused: ${result.reason} ${result.message}`)
      this.#noteFailed(log, { ...batch, bytes: stored })
      return false
    }
    assert.deepEqual(
      [result.baseOffset, result.lastOffset, result.isDuplicate],
      [baseOffset, batch.lastOffset, false],
    )
    assert.equal(stored.readBigInt64BE(0), BigInt(baseOffset))
    assert(stored.subarray(CRC_COVERS_FROM).equals(bytes.subarray(CRC_COVERS_FROM)), "not verbatim")
    this.model.batches.push({ ...batch, bytes: stored })
    assert.equal(log.logEndOffset, this.model.endOffset)
    this.#awaitDurability(log, batch.lastOffset + 1)
    return true
  }

  /** A batch whose checksum is wrong is refused and leaves no trace. */
  appendDamaged(os: SimulatedOs, log: Log): void {
    const { bytes } = this.#newBatch(os.clock.nowMs())
    bytes[this.#chance.between(CRC_COVERS_FROM + 40, bytes.length)]! ^= 1
    const append = {
      ...this.#padded(bytes),
      leaderEpoch: log.leaderEpoch,
      origin: "client",
    } as const
    const result = log.append(append, os.clock.nowMs())
    assert.equal(result.ok, false, "a damaged batch was taken")
    assert.equal(log.logEndOffset, this.model.endOffset)
  }

  /** The producer sends its newest batch again: the log tells the offsets it has. */
  appendDuplicate(os: SimulatedOs, log: Log): void {
    const last = this.model.batches.at(-1)
    if (!last || last.producerId < 0) return
    const append = { ...this.#padded(last.bytes), leaderEpoch: 0, origin: "client" } as const
    const result = log.append(append, os.clock.nowMs())
    if (!result.ok && this.#mayFail(result.reason)) return
    assert(result.ok, "a duplicate was refused")
    assert.deepEqual(
      [result.isDuplicate, result.baseOffset, result.lastOffset],
      [true, last.baseOffset, last.lastOffset],
    )
    assert.equal(log.logEndOffset, this.model.endOffset)
  }

  /** Reads somewhere and compares. */
  readAnywhere(os: SimulatedOs, log: Log): void {
    assert.equal(log.logEndOffset, this.model.endOffset)
    const offset = this.#chance.between(log.logStartOffset, log.logEndOffset + 1)
    const endOffset = this.#chance.between(offset, log.logEndOffset + 1)
    const maxBytes = this.#chance.pick([1, 500, 5000, 20_000])
    const wholeFirstBatch = this.#chance.oneIn(2)
    const request = { offset, maxBytes, endOffset, wholeFirstBatch }
    const result = log.read(request)
    if (!result.ok && this.#mayFail(result.reason)) return
    assert(result.ok, `read at ${offset} of ${log.logStartOffset}..${log.logEndOffset} refused`)
    const first = this.model.indexHolding(offset)
    if (!result.slice) {
      const batch = this.model.batches[first]
      const isBeyond = batch === undefined || batch.lastOffset >= endOffset
      const isTooLarge = batch !== undefined && batch.bytes.length > maxBytes && !wholeFirstBatch
      assert(isBeyond || isTooLarge, `read at ${offset}: nothing, though there is something`)
      return
    }
    const bytes = readSlice(os, result.slice)
    const batches = this.#matchBatches(bytes, first)
    const last = this.model.batches[first + batches - 1]!
    assert(batches > 0 && last.lastOffset < endOffset, "read beyond the end that was asked for")
    assert(bytes.length <= maxBytes || (batches === 1 && wholeFirstBatch), "read too much")
  }

  /** Looks a timestamp up in both. On a failing disk the log has no way to say that it cannot. */
  findTimestamp(log: Log): void {
    if (this.isDiskFaulty) return
    const someBatch = this.model.batches.at(this.#chance.between(0, this.model.batches.length))
    if (!someBatch) return
    const target = this.#chance.pick(someBatch.timestamps) + this.#chance.between(-1, 2)
    const expected = this.model.findTimestamp(target)
    const found = log.offsetForTimestamp(target)
    assert.deepEqual(found && { offset: found.offset, timestamp: found.timestamp }, expected)
  }

  deleteRecords(log: Log): void {
    const offset = this.#chance.between(log.logStartOffset, log.logEndOffset + 1)
    const result = log.deleteRecordsBefore(offset)
    if (!result.ok && this.#mayFail(result.reason)) {
      this.#attemptedStart = offset
      return
    }
    assert(result.ok && result.logStartOffset === offset, `deleteRecordsBefore(${offset})`)
    this.model.startOffset = offset
  }

  /** Retention may have removed segments at the front. */
  noteStart(log: Log): void {
    assert(log.logStartOffset >= this.model.startOffset, "the start moved back")
    assert(log.logStartOffset <= log.logEndOffset, "the start is behind the end")
    this.model.startOffset = log.logStartOffset
  }

  /**
   * Compares a log that was opened again with what it must and what it may hold. `isWhole`: nothing
   * may be lost, as only the process was killed or it was closed in order.
   */
  checkRecovered(os: SimulatedOs, log: Log, isWhole: boolean): void {
    this.#life++
    const end = log.logEndOffset
    const failed = this.#failed
    this.#failed = undefined
    if (end > this.model.endOffset && failed && end === failed.lastOffset + 1) {
      this.model.batches.push(failed)
    }
    const { model } = this
    assert(end <= model.endOffset, `${this}: ${end - model.endOffset} offsets too many`)
    assert(
      end >= model.durableOffset,
      `${this}: acknowledged up to ${model.durableOffset}, has ${end}`,
    )
    if (isWhole) assert.equal(end, model.endOffset, `${this}: lost records without a power cut`)
    assert(model.isBoundary(end), `${this}: ends within a batch, at ${end}`)
    const latestStart = Math.max(model.startOffset, this.#attemptedStart)
    assert(log.logStartOffset <= latestStart, `${this}: the start moved on by itself`)
    this.#attemptedStart = 0
    model.truncateTo(end)
    model.startOffset = log.logStartOffset
    this.checkContents(os, log)
  }

  /** Reads everything and compares. */
  checkContents(os: SimulatedOs, log: Log): void {
    let index = this.model.indexHolding(log.logStartOffset)
    let offset = log.logStartOffset
    while (offset < log.logEndOffset) {
      const request = { offset, maxBytes: WHOLE_READ_BYTES, endOffset: log.logEndOffset }
      const result = log.read({ ...request, wholeFirstBatch: true })
      assert(result.ok && result.slice, `${this}: nothing at ${offset} of ${log.logEndOffset}`)
      index += this.#matchBatches(readSlice(os, result.slice), index)
      offset = this.model.batches[index - 1]!.lastOffset + 1
    }
    assert.equal(offset, log.logEndOffset)
  }

  toString(): string {
    return `${this.topic}-${this.partition}`
  }

  /** The batch may be in the log all the same, when it was its index that could not be written. */
  #noteFailed(log: Log, batch: StoredBatch): void {
    if (log.logEndOffset === this.model.endOffset) this.#failed = batch
    else this.model.batches.push(batch)
  }

  /** The disk may fail once a fault was ordered in this life. */
  #mayFail(reason: string): boolean {
    return this.isDiskFaulty && reason === "storage-failure"
  }

  #awaitDurability(log: Log, endOffset: number): void {
    const life = this.#life
    log.whenDurable(endOffset, (failure) => {
      assert.equal(life, this.#life, "a promise of an earlier life was kept")
      if (failure) return
      assert(log.durableOffset >= endOffset, "durable by callback, not by offset")
      this.model.durableOffset = Math.max(this.model.durableOffset, endOffset)
    })
  }

  /** Number of whole batches that `bytes` are, beginning with batch `first` of the model. */
  #matchBatches(bytes: Buffer, first: number): number {
    let count = 0
    for (let position = 0; position < bytes.length; count++) {
      const expected = this.model.batches[first + count]
      assert(expected, `${this}: more bytes than batches`)
      const found = bytes.subarray(position, position + expected.bytes.length)
      assert(found.equals(expected.bytes), `${this}: ${describe(expected, found)}`)
      position += expected.bytes.length
    }
    return count
  }

  #newBatch(nowMs: number): StoredBatch {
    const producerId = this.#chance.oneIn(3) ? -1 : this.#producerId
    const baseSequence = producerId < 0 ? -1 : this.model.nextSequence(producerId)
    const builder = new BatchBuilder(
      producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence },
    )
    const count = this.#chance.between(1, MAX_RECORDS + 1)
    const timestamps: number[] = []
    for (let index = 0; index < count; index++) {
      const timestamp = nowMs - this.#chance.between(0, 40)
      timestamps.push(timestamp)
      const length = this.#chance.between(0, this.#chance.pick([10, 200, LARGEST_VALUE_BYTES]))
      builder.append({ key: `key-${index}`, value: this.#chance.bytes(length), timestamp })
    }
    const baseOffset = this.model.endOffset
    const lastOffset = baseOffset + count - 1
    return { baseOffset, lastOffset, bytes: builder.build(), timestamps, producerId, baseSequence }
  }

  /** The batch in the midst of a request. */
  #padded(batch: Buffer): { bytes: Buffer; start: number; length: number } {
    const start = this.#chance.between(0, 50)
    const bytes = Buffer.concat([Buffer.alloc(start, 0xaa), batch, Buffer.alloc(10, 0xbb)])
    return { bytes, start, length: batch.length }
  }
}

function readSlice(
  os: SimulatedOs,
  slice: { fd: number; position: number; length: number; release(): void },
): Buffer {
  const bytes = Buffer.alloc(slice.length)
  const count = os.files.read(slice.fd, bytes, 0, slice.length, slice.position)
  slice.release()
  assert.equal(count, slice.length, "a slice beyond the end of its file")
  return bytes
}

function describe(expected: StoredBatch, found: Buffer): string {
  const at = expected.bytes.findIndex((byte, index) => byte !== found[index])
  const offset = found.length >= 8 ? found.readBigInt64BE(0) : "none"
  const { baseOffset, lastOffset, bytes } = expected
  const batch = `batch ${baseOffset}-${lastOffset} of ${bytes.length} bytes`
  return `${batch} differs from byte ${at} on, where ${offset} stands`
}
