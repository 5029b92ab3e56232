/** The consumer against a scripted broker: positions, failures, seeks, endings. */
import { Consumer, type ConsumerOptions, type KafkaError } from "../../../clients/index.ts"
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import { BatchBuilder } from "../../../protocol/records/builder.ts"
import { FakeBroker } from "../fake-broker.ts"

let broker: FakeBroker
const consumers: Consumer[] = []

beforeEach(async () => {
  broker = await FakeBroker.start({ t: 2 })
  broker.maxVersions.set(ApiKey.Fetch, 12)
  broker.always(ApiKey.Fetch, waitingFetch)
})

afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer.close()
  await broker.close()
})

/** Like a real broker, an empty answer comes only after a while. */
async function waitingFetch(request: { maxWaitMs: number }) {
  const reply = broker.fetch(request)
  const isEmpty = reply.responses.every(({ partitions }: { partitions: { records: Buffer }[] }) =>
    partitions.every(({ records }) => records.length === 0),
  )
  if (isEmpty) await new Promise((resolve) => setTimeout(resolve, Math.min(request.maxWaitMs, 20)))
  return isEmpty ? broker.fetch(request) : reply
}

function open(options: Partial<ConsumerOptions> = {}): Consumer {
  const consumer = new Consumer({
    bootstrapServers: broker.bootstrapServers,
    autoOffsetReset: "earliest",
    retryBackoffMs: 1,
    retryBackoffMaxMs: 5,
    ...options,
  })
  consumers.push(consumer)
  return consumer
}

function fill(partition: number, values: string[], batchSize = 10): void {
  for (let i = 0; i < values.length; i += batchSize) {
    const builder = new BatchBuilder({})
    values.slice(i, i + batchSize).forEach((value, n) => {
      builder.append({ key: null, value, timestamp: 1000 + i + n })
    })
    broker.log("t", partition).append(builder.build())
  }
}

async function take(consumer: Consumer, count: number): Promise<string[]> {
  const values: string[] = []
  for await (const { value } of consumer) if (values.push(String(value)) === count) break
  return values
}

const numbers = (count: number, prefix = "v") =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

async function failure(promise: Promise<unknown>): Promise<KafkaError> {
  return promise.then(
    () => {
      throw new Error("it did not fail")
    },
    (error) => error,
  )
}

describe("consumer: reading", () => {
  it("records come in offset order from the position given", async () => {
    fill(0, numbers(50))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0, offset: 7 }])
    expect(await take(consumer, 43)).toEqual(numbers(50).slice(7))
    expect(consumer.position({ topic: "t", partition: 0 })).toBe(50)
  })

  it("leaving an iteration in the middle of a batch, the next one goes on behind it", async () => {
    fill(0, numbers(30))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    expect(await take(consumer, 4)).toEqual(numbers(4))
    expect(await take(consumer, 5)).toEqual(numbers(9).slice(4))
  })

  it("records that arrive later are waited for", async () => {
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    const taken = take(consumer, 1)
    setTimeout(() => fill(0, ["late"]), 30)
    expect(await taken).toEqual(["late"])
  })

  it("both partitions are read, and a paused one is not until it is resumed", async () => {
    fill(0, numbers(5, "a"))
    fill(1, numbers(5, "b"))
    const consumer = open()
    consumer.assign([
      { topic: "t", partition: 0 },
      { topic: "t", partition: 1 },
    ])
    consumer.pause([{ topic: "t", partition: 0 }])
    expect(await take(consumer, 5)).toEqual(numbers(5, "b"))
    consumer.resume()
    expect(await take(consumer, 5)).toEqual(numbers(5, "a"))
  })

  it("pausing in the middle of a batch holds the rest back", async () => {
    fill(0, numbers(5, "a"))
    fill(1, numbers(5, "b"))
    const consumer = open()
    const first = { topic: "t", partition: 0 }
    consumer.assign([first, { topic: "t", partition: 1 }])
    const values: string[] = []
    for await (const record of consumer) {
      values.push(String(record.value))
      if (String(record.value) === "a1") consumer.pause([first])
      if (String(record.value) === "b4") consumer.resume()
      if (values.length === 10) break
    }
    expect(values.filter((value) => value.startsWith("a"))).toEqual(numbers(5, "a"))
    expect(values.filter((value) => value.startsWith("b"))).toEqual(numbers(5, "b"))
  })

  it("one fetch is ahead of the reader, not more", async () => {
    fill(0, numbers(100), 1)
    broker.always(ApiKey.Fetch, (request) => {
      const reply = broker.fetch(request)
      const [partition] = reply.responses[0]?.partitions ?? []
      if (partition !== undefined) partition.records = partition.records.subarray(0, 200)
      return reply
    })
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    await consumer.batches().next()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(broker.requests(ApiKey.Fetch)).toHaveLength(2)
  })
})

describe("consumer: seeking", () => {
  it("seek, seekToBeginning, seekToEnd and seekToTimestamp go there", async () => {
    fill(0, numbers(50))
    const where = { topic: "t", partition: 0 }
    const consumer = open()
    consumer.assign([where])
    consumer.seek({ ...where, offset: 20 })
    expect(await take(consumer, 1)).toEqual(["v20"])
    consumer.seekToBeginning()
    expect(await take(consumer, 1)).toEqual(["v0"])
    expect(await consumer.seekToTimestamp(1033)).toEqual([{ ...where, offset: 33 }])
    expect(await take(consumer, 1)).toEqual(["v33"])
    expect(await consumer.seekToTimestamp(99_999)).toEqual([{ ...where, offset: 50 }])
    consumer.seekToEnd()
    const taken = take(consumer, 1)
    setTimeout(() => fill(0, ["new"]), 30)
    expect(await taken).toEqual(["new"])
  })

  it("a seek in the loop drops the rest of the batch", async () => {
    fill(0, numbers(10))
    const where = { topic: "t", partition: 0 }
    const consumer = open()
    consumer.assign([where])
    const values: string[] = []
    for await (const record of consumer) {
      values.push(String(record.value))
      if (values.length === 2) consumer.seek({ ...where, offset: 8 })
      if (values.length === 4) break
    }
    expect(values).toEqual(["v0", "v1", "v8", "v9"])
  })

  it("a seek does not wait for a fetch that waits in the broker", async () => {
    fill(0, numbers(5))
    const where = { topic: "t", partition: 0 }
    const consumer = open()
    consumer.assign([where])
    await take(consumer, 5)
    broker.script(ApiKey.Fetch, () => "hang")
    const pending = consumer.batches().next()
    const parked = () => broker.requests(ApiKey.Fetch).at(-1)?.topics.length !== undefined
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(parked()).toBe(true)
    consumer.seek({ ...where, offset: 0 })
    expect((await pending).value?.records).toHaveLength(5)
  })
})

describe("consumer: failures", () => {
  it("an offset outside of the log: back to where autoOffsetReset says", async () => {
    fill(0, numbers(5))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0, offset: 77 }])
    expect(await take(consumer, 1)).toEqual(["v0"])
  })

  it('an offset outside of the log is an error with "none"', async () => {
    const consumer = open({ autoOffsetReset: "none" })
    consumer.assign([{ topic: "t", partition: 0, offset: 77 }])
    const error = await failure(take(consumer, 1))
    expect(error).toMatchObject({ code: "OFFSET_OUT_OF_RANGE", topic: "t", partition: 0 })
  })

  it('no position at all is an error with "none"', async () => {
    const consumer = open({ autoOffsetReset: "none" })
    consumer.assign([{ topic: "t", partition: 0 }])
    expect((await failure(take(consumer, 1))).code).toBe("NO_OFFSET")
  })

  it("a lost connection is a warning, and reading goes on", async () => {
    fill(0, numbers(5))
    broker.script(ApiKey.Fetch, () => "close")
    const warnings: string[] = []
    const consumer = open({ onWarning: ({ code }) => warnings.push(code) })
    consumer.assign([{ topic: "t", partition: 0 }])
    expect(await take(consumer, 5)).toEqual(numbers(5))
    expect(warnings).toContain("CONNECTION_CLOSED")
  })

  it("a session the broker no longer knows starts anew", async () => {
    fill(0, numbers(5))
    broker.script(ApiKey.Fetch, () => ({
      errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
      responses: [],
    }))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    expect(await take(consumer, 5)).toEqual(numbers(5))
  })

  it("a partition the reader may not read is an error from the iterator", async () => {
    broker.always(ApiKey.Fetch, () => ({
      responses: [
        {
          topic: "t",
          partitions: [
            {
              partitionIndex: 0,
              errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
              highWatermark: -1,
              abortedTransactions: null,
              records: null,
            },
          ],
        },
      ],
    }))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    const error = await failure(take(consumer, 1))
    expect(error).toMatchObject({ code: "TOPIC_AUTHORIZATION_FAILED", topic: "t" })
  })

  it("a partition that does not exist is an error", async () => {
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 9 }])
    expect((await failure(take(consumer, 1))).code).toBe("UNKNOWN_TOPIC_OR_PARTITION")
  })

  it("a deserializer that throws ends the iteration; one can seek past the record", async () => {
    fill(0, ['{"a":1}', "broken", '{"a":3}'])
    const where = { topic: "t", partition: 0 }
    const consumer = new Consumer({
      bootstrapServers: broker.bootstrapServers,
      autoOffsetReset: "earliest",
      valueDeserializer: { deserialize: (bytes) => JSON.parse(String(bytes)) as { a: number } },
    })
    consumers.push(consumer as unknown as Consumer)
    consumer.assign([where])
    const seen: number[] = []
    const read = async () => {
      for await (const { value } of consumer) if (seen.push(value!.a) === 2) break
    }
    expect((await failure(read())).code).toBe("SERIALIZATION_FAILED")
    expect(consumer.position(where)).toBe(1)
    consumer.seek({ ...where, offset: 2 })
    await read()
    expect(seen).toEqual([1, 3])
  })

  it("nothing assigned is an error that says what to call", async () => {
    expect((await failure(take(open(), 1))).message).toContain("subscribe or assign")
  })

  it("nobody at the bootstrap address: an error, soon", async () => {
    const consumer = open({ bootstrapServers: "127.0.0.1:1", bootstrapTimeoutMs: 0 })
    consumer.assign([{ topic: "t", partition: 0 }])
    const error = await failure(take(consumer, 1))
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", broker: "127.0.0.1:1" })
  })
})

describe("consumer: closing", () => {
  it("close ends an iteration that waits for records", async () => {
    broker.always(ApiKey.Fetch, () => "hang")
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    const taken = take(consumer, 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await consumer.close()
    expect(await taken).toEqual([])
  })

  it("close ends an iteration that has a batch in hand", async () => {
    fill(0, numbers(10))
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    const values: string[] = []
    for await (const { value } of consumer) {
      if (values.push(String(value)) === 3) await consumer.close()
    }
    expect(values).toEqual(numbers(3))
  })

  it("close may come first, and twice", async () => {
    const consumer = open()
    consumer.assign([{ topic: "t", partition: 0 }])
    await Promise.all([consumer.close(), consumer.close()])
    expect(await take(consumer, 1)).toEqual([])
  })
})
