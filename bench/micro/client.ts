/**
 * What the clients cost per record, without network: from the user's record to the bytes of a
 * batch, and from fetched bytes to the user's record. Nanoseconds per record, best of many rounds.
 * Run: `node dist/bench/micro/client.js` after a build.
 */
import { ConsumerBatch, endOffset } from "../../clients/consumer/batch.ts"
import { systemClock } from "../../clients/net/clock.ts"
import type { Cluster } from "../../clients/net/cluster.ts"
import type { TopicInfo } from "../../clients/net/metadata.ts"
import { Accumulator } from "../../clients/producer/accumulator.ts"
import { Admission } from "../../clients/producer/admission.ts"
import { GroupDelivery, noDelivery, RecordDelivery } from "../../clients/producer/deliveries.ts"
import { murmur2 } from "../../clients/producer/partitioner.ts"
import { encodeRecord } from "../../clients/producer/record.ts"
import type { ProducerRecord } from "../../clients/records.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"

const ROUNDS = 40
const RECORDS = 20_000
const PARTITIONS = 12
const STAMP = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
const NO_SERIALIZERS = { keySerializer: undefined, valueSerializer: undefined }

function measure(name: string, count: number, run: () => void): void {
  for (let i = 0; i < 5; i++) run()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    run()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / count)
  }
  const rate = `${(1000 / best).toFixed(2)} M/s`.padStart(12)
  console.log(`${name.padEnd(58)} ${best.toFixed(0).padStart(6)} ns ${rate}`)
}

/** A cluster that knows one topic and sends nothing. */
function knownTopic(): Cluster {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    leader: 1,
  }))
  const info = { name: "bench", partitions } as unknown as TopicInfo
  return { clock: systemClock, findTopic: () => info } as unknown as Cluster
}

/** Everything a record goes through until its batch could be sent. */
function producePath(records: readonly ProducerRecord[], perRecord: boolean): void {
  const options = {
    clock: systemClock,
    compression: "none" as const,
    batchBytes: 65_536,
    bufferBytes: 64 * 1024 * 1024,
    lingerMs: 0,
    deliveryTimeoutMs: 120_000,
    maxBlockMs: 1000,
    partitioner: undefined,
  }
  const accumulator = new Accumulator(options)
  const admission = new Admission(knownTopic(), accumulator, options)
  const group = perRecord ? noDelivery : new GroupDelivery()
  const now = Date.now()
  for (const record of records) {
    const delivery = perRecord ? new RecordDelivery(now) : group
    admission.admit(encodeRecord(record, now, NO_SERIALIZERS), delivery)
  }
  accumulator.closeAll()
  for (const queue of [...accumulator.active]) {
    for (const batch of queue.waiting.splice(0)) {
      batch.seal(STAMP)
      batch.bytes()
      batch.settle({ baseOffset: 0, appendTimeMs: -1 })
      accumulator.release(queue, batch)
    }
  }
}

function fetched(valueLength: number) {
  const builder = new BatchBuilder({})
  const value = Buffer.alloc(valueLength, "x")
  for (let i = 0; i < RECORDS; i++) builder.append({ key: `key-${i}`, value, timestamp: i })
  const bytes = builder.build()
  return {
    topic: "bench",
    partition: 0,
    bytes,
    fetchOffset: 0,
    nextOffset: endOffset(bytes, 0),
    highWatermark: RECORDS,
    abortedTransactions: [],
  }
}

function consumePath(name: string, valueLength: number, checkCrc: boolean): void {
  const source = fetched(valueLength)
  measure(name, RECORDS, () => {
    const decoding = { checkCrc, keyDeserializer: undefined, valueDeserializer: undefined }
    let count = 0
    for (const record of new ConsumerBatch(source, decoding)) if (record.offset >= 0) count++
    if (count !== RECORDS) throw new Error(`${count} records`)
  })
}

function main(): void {
  const records = (make: (i: number) => Omit<ProducerRecord, "topic">): ProducerRecord[] =>
    Array.from({ length: RECORDS }, (_, i) => ({ topic: "bench", ...make(i) }))
  const text = "x".repeat(90)
  const bytes = Buffer.alloc(90, "x")
  const large = Buffer.alloc(1000, "x")
  const keyed = records((i) => ({ key: `key-${i}`, value: text }))
  const plain = records(() => ({ value: bytes }))
  measure("produce 90 B text, text key, one promise per call", RECORDS, () =>
    producePath(keyed, false),
  )
  measure("produce 90 B text, text key, a promise per record", RECORDS, () =>
    producePath(keyed, true),
  )
  measure("produce 90 B bytes, no key, one promise per call", RECORDS, () =>
    producePath(plain, false),
  )
  const big = records(() => ({ value: large }))
  measure("produce 1000 B bytes, no key, one promise per call", RECORDS, () =>
    producePath(big, false),
  )
  consumePath("consume 90 B, checksum checked", 90, true)
  consumePath("consume 90 B, checksum not checked", 90, false)
  consumePath("consume 1000 B, checksum checked", 1000, true)
  const keys = Array.from({ length: RECORDS }, (_, i) => Buffer.from(`key-${i}`))
  let sum = 0
  measure("murmur2 of a short key", RECORDS, () => {
    for (const key of keys) sum += murmur2(key)
  })
  if (Number.isNaN(sum)) throw new Error("no sum")
}

main()
