/** Fetched batches: what a reader sees of transactions, damage and half batches. */
import { ConsumerBatch, endOffset } from "../../../clients/consumer/batch.ts"
import { setBaseOffset } from "../../../protocol/records/batch.ts"
import { BatchBuilder } from "../../../protocol/records/builder.ts"

function batchAt(
  offset: number,
  values: string[],
  options: ConstructorParameters<typeof BatchBuilder>[0] = {},
): Buffer {
  const builder = new BatchBuilder(options)
  for (const value of values) builder.append({ key: null, value, timestamp: 5 })
  const bytes = Buffer.from(builder.build())
  setBaseOffset(bytes, 0, offset)
  return bytes
}

const transaction = (producerId: number) => ({
  producerId,
  producerEpoch: 0,
  isTransactional: true,
})
const marker = (producerId: number) => ({ ...transaction(producerId), isControl: true })

function open(bytes: Buffer, more: object = {}, decoding: object = {}) {
  return new ConsumerBatch(
    {
      topic: "t",
      partition: 0,
      bytes,
      fetchOffset: 0,
      nextOffset: endOffset(bytes, 0),
      highWatermark: 100,
      abortedTransactions: [],
      ...more,
    },
    { checkCrc: true, keyDeserializer: undefined, valueDeserializer: undefined, ...decoding },
  )
}

const shown = (batch: ConsumerBatch) => batch.records.map((r) => `${r.offset}${r.value}`)

describe("consumer batch", () => {
  it("records before the wanted offset are skipped", () => {
    const bytes = Buffer.concat([batchAt(0, ["a", "b"]), batchAt(2, ["c", "d"])])
    expect(shown(open(bytes, { fetchOffset: 3 }))).toEqual(["3d"])
  })

  it("a batch that is cut short at the end is left for the next fetch", () => {
    const bytes = Buffer.concat([batchAt(0, ["a"]), batchAt(1, ["b"]).subarray(0, 40)])
    const batch = open(bytes)
    expect(shown(batch)).toEqual(["0a"])
    expect(batch.nextOffset).toBe(1)
  })

  it("control batches hold no records, but move the position", () => {
    const bytes = Buffer.concat([batchAt(0, ["a"]), batchAt(1, ["x"], marker(7))])
    const batch = open(bytes)
    expect(shown(batch)).toEqual(["0a"])
    expect(batch.nextOffset).toBe(2)
  })

  it("records of aborted transactions are hidden, those of others are not", () => {
    const bytes = Buffer.concat([
      batchAt(0, ["a"], transaction(7)),
      batchAt(1, ["b"], transaction(8)),
      batchAt(2, ["x"], marker(7)),
      batchAt(3, ["c"], transaction(7)),
      batchAt(4, ["d"]),
    ])
    const abortedTransactions = [{ producerId: 7, firstOffset: 0 }]
    expect(shown(open(bytes, { abortedTransactions }))).toEqual(["1b", "3c", "4d"])
  })

  it("a wrong checksum is an error that names the partition", () => {
    const bytes = batchAt(0, ["a"])
    bytes[bytes.length - 2]! ^= 1
    expect(() => open(bytes).records).toThrow(/t-0 holds damaged records/)
    expect(open(bytes, {}, { checkCrc: false }).records).toHaveLength(1)
  })

  it("a deserializer that throws is an error that names the offset", () => {
    const valueDeserializer = { deserialize: (bytes: Buffer) => JSON.parse(String(bytes)) }
    const batch = open(batchAt(4, ["{"]), {}, { valueDeserializer })
    expect(() => batch.records).toThrow(/t-0 offset 4/)
  })
})
