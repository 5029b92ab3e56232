/**
 * Sends records. They are written straight into the batch of their partition; batches leave
 * together, are tried again while that can help, and are stored once and in order (idempotence).
 *
 * 1. Records for one partition keep the order of the calls, those that had to wait included: while
 *    a call hands over many records, later calls stand behind it.
 * 2. Memory is bounded by `bufferBytes`: calls wait for room, at most `maxBlockMs`.
 * 3. No promise handed out is ever left without an end.
 */
import { asKafkaError, closedError, type KafkaError } from "../errors.ts"
import { Cluster } from "../net/cluster.ts"
import type { ProducerRecord, RecordMetadata, StoredRange } from "../records.ts"
import { Accumulator } from "./accumulator.ts"
import { Admission } from "./admission.ts"
import type { Delivery } from "./batch.ts"
import { GroupDelivery, noDelivery, RecordDelivery } from "./deliveries.ts"
import type { ResolvedProducerOptions } from "./options.ts"
import { type ProducerOptions, resolveProducerOptions } from "./options.ts"
import { encodeRecord } from "./record.ts"
import { Sender } from "./sender.ts"

/** After this many records handed over in one go, the loop gets a turn to send. */
const RECORDS_PER_TURN = 4096

/** A producer of records with keys of type `K` and values of type `V`. */
export class Producer<K = string | Uint8Array, V = string | Uint8Array> {
  readonly #options: ResolvedProducerOptions<K, V>
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #admission: Admission
  readonly #sender: Sender
  #failure: KafkaError | undefined
  /** Ends when the calls so far have handed over their records; undefined when they have. */
  #line: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  /** Checks the options; connects at the first record. Throws INVALID_OPTION. */
  constructor(options: ProducerOptions<K, V>) {
    const resolved = resolveProducerOptions(options)
    this.#options = resolved
    const cluster = new Cluster(options)
    this.#cluster = cluster
    cluster.allowTopicCreation()
    const accumulator = new Accumulator({ ...resolved, clock: cluster.clock })
    const sender = new Sender(cluster, accumulator, resolved)
    this.#accumulator = accumulator
    this.#sender = sender
    this.#admission = new Admission(cluster, accumulator, resolved)
    accumulator.onReady = () => sender.wake()
    accumulator.onRoom = () => this.#admission.admitWaiting()
    sender.onFailure = (error) => {
      this.#failure ??= error
    }
  }

  /** Bytes of records that are not stored yet. */
  get bufferedBytes(): number {
    return this.#accumulator.usedBytes
  }

  /** Sends one record; resolves when it is stored, as `acks` promises. */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    const timestamp = record.timestamp ?? this.#cluster.clock.nowMs()
    const delivery = new RecordDelivery(timestamp)
    if (this.#closing !== undefined) {
      delivery.refuse(closedError("producer"))
      return delivery.promise
    }
    const handed =
      this.#line === undefined
        ? this.#hand(record, timestamp, delivery)
        : this.#inLine(async () => this.#hand(record, timestamp, delivery))
    handed?.catch((error) => delivery.refuse(error))
    return delivery.promise
  }

  /** Sends many records; resolves when all are stored, with where. Rejects with the first failure;
   *  others may have been stored all the same. No promise is made per record. */
  async sendBatch(records: readonly ProducerRecord<K, V>[]): Promise<StoredRange[]> {
    const delivery = new GroupDelivery()
    try {
      await this.#inLine(() => this.#handAll(records, delivery))
      delivery.complete()
    } catch (error) {
      delivery.refuse(error as KafkaError)
    }
    return delivery.promise
  }

  /** Takes records over; resolves as soon as they are in the buffer. Call `flush` to learn whether
   *  they have been stored. For streams of records at full speed. */
  enqueue(records: readonly ProducerRecord<K, V>[]): Promise<void> {
    const handed = this.#inLine(() => this.#handAll(records, noDelivery))
    handed.catch((error) => {
      this.#failure ??= error
    })
    return handed
  }

  /** Sends everything without lingering and waits for it. Rejects with the first failure since the
   *  last flush, whichever call the record came from. */
  async flush(): Promise<void> {
    await this.#drained()
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  /** Sends what is left, waits for it (at most `timeoutMs`), then disconnects. Records that could
   *  not be stored by then fail with CLOSED. May be called twice. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? this.#options.deliveryTimeoutMs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeoutMs: number): Promise<void> {
    const error = closedError("producer")
    const waited = new Promise<void>((resolve) => {
      const timer = this.#cluster.clock.after(timeoutMs, resolve)
      void this.#drained().then(() => {
        timer.cancel()
        resolve()
      })
    })
    await waited
    this.#isClosed = true
    this.#admission.close(error)
    this.#sender.close(error)
    this.#cluster.close()
  }

  /** Runs when all calls before have handed over their records: at once if they have. */
  #inLine(run: () => Promise<void>): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closedError("producer"))
    const turn = this.#line === undefined ? run() : this.#line.then(run)
    const line: Promise<void> = turn
      .catch(() => {})
      .then(() => {
        if (this.#line === line) this.#line = undefined
      })
    this.#line = line
    return turn
  }

  /** Resolves when nothing is waiting, neither for room nor to be sent. */
  async #drained(): Promise<void> {
    do {
      await this.#line
      await this.#admission.whenIdle()
      this.#accumulator.closeAll()
      await this.#accumulator.whenEmpty()
    } while (this.#line !== undefined || !this.#admission.isIdle)
  }

  async #handAll(records: readonly ProducerRecord<K, V>[], delivery: Delivery): Promise<void> {
    const { clock } = this.#cluster
    let now = clock.nowMs()
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      const waiting = this.#hand(record, record.timestamp ?? now, delivery)
      if (waiting !== undefined) await waiting
      else if ((i + 1) % RECORDS_PER_TURN === 0) {
        await new Promise<void>((resolve) => clock.soon(resolve))
        now = clock.nowMs()
      }
    }
  }

  /** Puts a record into its batch, or in line; the promise ends when it is in its batch. */
  #hand(
    record: ProducerRecord<K, V>,
    timestamp: number,
    delivery: Delivery,
  ): Promise<void> | undefined {
    if (this.#isClosed) return Promise.reject(closedError("producer"))
    try {
      const encoded = encodeRecord(record, timestamp, this.#options)
      return this.#admission.admit(encoded, delivery)
    } catch (error) {
      return Promise.reject(asKafkaError(error, "SERIALIZATION_FAILED", "Cannot send a record"))
    }
  }
}
