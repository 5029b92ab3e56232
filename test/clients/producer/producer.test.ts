/** The producer against a scripted broker: retries, order, idempotence, limits, deadlines. */
import { KafkaError, Producer, type ProducerOptions } from "../../../clients/index.ts"
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import { FakeBroker, recordCounts } from "../fake-broker.ts"

let broker: FakeBroker
const producers: Producer[] = []

beforeEach(async () => {
  broker = await FakeBroker.start({ t: 1, many: 4 })
})

afterEach(async () => {
  for (const producer of producers.splice(0)) await producer.close({ timeoutMs: 0 })
  await broker.close()
})

function open(options: Partial<ProducerOptions> = {}): Producer {
  const producer = new Producer({
    bootstrapServers: broker.bootstrapServers,
    retryBackoffMs: 1,
    retryBackoffMaxMs: 5,
    ...options,
  })
  producers.push(producer)
  return producer
}

function numbered(count: number, topic = "t") {
  return Array.from({ length: count }, (_, i) => ({ topic, value: `v${i}` }))
}

const texts = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)
const failure = (promise: Promise<unknown>): Promise<KafkaError> =>
  promise.then(
    () => {
      throw new Error("it did not fail")
    },
    (error) => error,
  )

describe("producer: the plain way", () => {
  it("send resolves with topic, partition, offset and timestamp", async () => {
    const producer = open()
    await producer.send({ topic: "t", value: "a" })
    const stored = await producer.send({ topic: "t", value: "b", timestamp: 77 })
    expect(stored).toEqual({ topic: "t", partition: 0, offset: 1, timestamp: 77 })
  })

  it("records sent in one turn of the loop travel in one batch", async () => {
    const producer = open()
    await Promise.all(numbered(50).map((record) => producer.send(record)))
    expect(recordCounts(broker)).toEqual([50])
  })

  it("sendBatch says where the records went", async () => {
    const producer = open()
    const ranges = await producer.sendBatch(
      [0, 1, 2, 3].map((partition) => ({ topic: "many", partition, value: "x" })),
    )
    expect(ranges.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3])
    expect(
      ranges.every(({ baseOffset, recordCount }) => baseOffset === 0 && recordCount === 1),
    ).toBe(true)
  })

  it("a full batch is closed at batchBytes, and order is kept over many batches", async () => {
    const producer = open({ batchBytes: 300 })
    await producer.sendBatch(numbered(500))
    expect(broker.log("t").values()).toEqual(texts(500))
    expect(recordCounts(broker).length).toBeGreaterThan(10)
  })

  it("acks 0 resolves without an answer", async () => {
    const producer = open({ acks: 0 })
    const stored = await producer.send({ topic: "t", value: "a" })
    expect(stored.offset).toBe(-1)
    expect(broker.requests(ApiKey.InitProducerId)).toEqual([])
  })

  it("lingering records wait for each other and leave with flush", async () => {
    const producer = open({ lingerMs: 60_000 })
    void producer.send({ topic: "t", value: "x" })
    const second = producer.send({ topic: "t", value: "y" })
    await producer.flush()
    expect((await second).offset).toBe(1)
    expect(recordCounts(broker)).toEqual([2])
  })
})

describe("producer: failures that pass", () => {
  it.each([
    ["NOT_LEADER_OR_FOLLOWER", ErrorCode.NOT_LEADER_OR_FOLLOWER],
    ["NOT_ENOUGH_REPLICAS", ErrorCode.NOT_ENOUGH_REPLICAS],
    ["KAFKA_STORAGE_ERROR", ErrorCode.KAFKA_STORAGE_ERROR],
  ])("%s is tried again after a look at the metadata", async (_, code) => {
    broker.script(ApiKey.Produce, (request) => broker.refuse(request, code))
    await open().send({ topic: "t", value: "a" })
    expect(broker.log("t").values()).toEqual(["a"])
    expect(broker.requests(ApiKey.Produce)).toHaveLength(2)
    expect(broker.requests(ApiKey.Metadata).length).toBeGreaterThan(1)
  })

  it("a connection lost after the broker stored the batch: it is stored once", async () => {
    broker.script(ApiKey.Produce, (request) => {
      broker.produce(request)
      return "close"
    })
    const producer = open()
    const stored = await producer.send({ topic: "t", value: "a" })
    expect(stored.offset).toBe(0)
    expect(broker.log("t").values()).toEqual(["a"])
  })

  it("the first of several batches in flight fails: all are stored in order", async () => {
    broker.script(ApiKey.Produce, (request) =>
      broker.refuse(request, ErrorCode.NOT_LEADER_OR_FOLLOWER),
    )
    const producer = open({ batchBytes: 200 })
    await producer.sendBatch(numbered(200))
    expect(broker.log("t").values()).toEqual(texts(200))
  })

  it.each([1, 2, 3, 4, 5, 6])(
    "failures at random (seed %i): everything once, in order",
    async (n) => {
      let seed = n
      const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
      broker.always(ApiKey.Produce, (request) => {
        const dice = next()
        if (dice < 0.15) return broker.refuse(request, ErrorCode.NOT_LEADER_OR_FOLLOWER)
        if (dice < 0.25) return "close"
        const reply = broker.produce(request)
        return dice < 0.35 ? "close" : reply
      })
      const producer = open({ batchBytes: 200 })
      for (let i = 0; i < 5; i++) {
        await producer.enqueue(numbered(500).slice(i * 100, i * 100 + 100))
      }
      await producer.flush()
      expect(broker.log("t").values()).toEqual(texts(500))
    },
  )

  it("a broker that forgot the producer: numbering starts anew under the next epoch", async () => {
    const producer = open()
    await producer.send({ topic: "t", value: "a" })
    await producer.send({ topic: "t", value: "b" })
    broker.log("t").forgetProducers()
    await producer.send({ topic: "t", value: "c" })
    expect(broker.log("t").values()).toEqual(["a", "b", "c"])
  })

  it("a batch given up leaves a gap in the numbers: the next ones are stored", async () => {
    const producer = open({ batchBytes: 120 })
    await producer.send({ topic: "t", value: "a" })
    broker.script(ApiKey.Produce, (request) => broker.refuse(request, ErrorCode.INVALID_RECORD))
    const results = await Promise.allSettled(
      ["x".repeat(90), "y".repeat(90), "z".repeat(90)].map((value) =>
        producer.send({ topic: "t", value }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"])
    expect(
      broker
        .log("t")
        .values()
        .map((value) => value[0]),
    ).toEqual(["a", "y", "z"])
  })

  it("a request without an answer ends the connection and is sent again", async () => {
    broker.script(ApiKey.Produce, () => "hang")
    const producer = open({ requestTimeoutMs: 50 })
    await producer.send({ topic: "t", value: "a" })
    expect(broker.requests(ApiKey.Produce)).toHaveLength(2)
  })

  it("a topic that appears a little later is waited for", async () => {
    const producer = open()
    const sent = producer.send({ topic: "late", value: "a" })
    setTimeout(() => broker.topics.set("late", 1), 30)
    expect((await sent).topic).toBe("late")
  })
})

describe("producer: failures that stay", () => {
  it("a refused batch fails with the broker's error and its text", async () => {
    broker.script(ApiKey.Produce, (request) => broker.refuse(request, ErrorCode.MESSAGE_TOO_LARGE))
    const producer = open()
    const error = await failure(producer.send({ topic: "t", value: "a" }))
    expect(error).toMatchObject({ code: "MESSAGE_TOO_LARGE", topic: "t", partition: 0 })
    expect(error.message).toContain("max.message.bytes")
    expect((await producer.send({ topic: "t", value: "b" })).offset).toBe(0)
  })

  it("batches larger than the broker takes are halved until they fit; order is kept", async () => {
    broker.always(ApiKey.Produce, (request) => {
      const { length } = request.topicData[0].partitionData[0].records
      if (length > 250) return broker.refuse(request, ErrorCode.MESSAGE_TOO_LARGE)
      return broker.produce(request)
    })
    const producer = open()
    const single = producer.send({ topic: "t", value: "first" })
    const all = producer.sendBatch(numbered(100))
    const tooLarge = failure(producer.send({ topic: "t", value: "x".repeat(300) }))
    const last = producer.send({ topic: "t", value: "last" })
    expect((await tooLarge).code).toBe("MESSAGE_TOO_LARGE")
    const ranges = await all
    expect(ranges.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBeGreaterThanOrEqual(
      100,
    )
    expect((await single).offset).toBe(0)
    expect((await last).offset).toBe(101)
    expect(broker.log("t").values()).toEqual(["first", ...texts(100), "last"])
    expect(producer.bufferedBytes).toBe(0)
  })

  it("deliveryTimeoutMs ends the attempts, and the error tells the last cause", async () => {
    broker.always(ApiKey.Produce, (request) =>
      broker.refuse(request, ErrorCode.NOT_ENOUGH_REPLICAS),
    )
    const error = await failure(open({ deliveryTimeoutMs: 60 }).send({ topic: "t", value: "a" }))
    expect(error.code).toBe("TIMED_OUT")
    expect(error.message).toContain("NOT_ENOUGH_REPLICAS")
  })

  it("a broker that vanished: the deadline holds", async () => {
    const producer = open({ deliveryTimeoutMs: 80, connectTimeoutMs: 100 })
    await producer.send({ topic: "t", value: "a" })
    await broker.close()
    const error = await failure(producer.send({ topic: "t", value: "b" }))
    expect(error.code).toBe("TIMED_OUT")
    broker = await FakeBroker.start()
  })

  it("flush rejects when a record failed that nobody waited for, once", async () => {
    broker.script(ApiKey.Produce, (request) => broker.refuse(request, ErrorCode.INVALID_RECORD))
    const producer = open()
    void producer.send({ topic: "t", value: "a" })
    expect((await failure(producer.flush())).code).toBe("INVALID_RECORD")
    await producer.flush()
  })

  it("no producer id, for lack of rights: everything fails with that", async () => {
    broker.always(ApiKey.InitProducerId, () => ({
      errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
      producerEpoch: -1,
    }))
    const error = await failure(open().send({ topic: "t", value: "a" }))
    expect(error.code).toBe("CLUSTER_AUTHORIZATION_FAILED")
    expect(error.message).toContain("idempotent")
  })

  it("values that are no bytes are refused with a hint", async () => {
    const error = await failure(open().send({ topic: "t", value: 5 as unknown as string }))
    expect(error.code).toBe("INVALID_OPTION")
    expect(error.message).toContain("valueSerializer")
  })

  it("a partition that is not there is refused", async () => {
    const error = await failure(open().send({ topic: "t", partition: 3, value: "a" }))
    expect(error).toMatchObject({ code: "INVALID_OPTION" })
  })

  it("after close nothing is taken, and what was pending fails with CLOSED", async () => {
    broker.always(ApiKey.Produce, () => "hang")
    const producer = open()
    const pending = producer.send({ topic: "t", value: "a" })
    const closed = failure(pending)
    await producer.close({ timeoutMs: 30 })
    expect((await closed).code).toBe("CLOSED")
    expect((await failure(producer.send({ topic: "t", value: "b" }))).code).toBe("CLOSED")
  })
})

describe("producer: order of calls and closing", () => {
  it("records of later calls stand behind those of earlier ones that wait", async () => {
    const producer = open({ bufferBytes: 500, batchBytes: 200 })
    const calls = [
      producer.enqueue(numbered(50)),
      producer.send({ topic: "t", value: "middle" }),
      producer.enqueue(numbered(50)),
      producer.send({ topic: "t", value: "last" }),
    ]
    await Promise.all(calls)
    await producer.flush()
    expect(broker.log("t").values()).toEqual([...texts(50), "middle", ...texts(50), "last"])
  })

  it("close stores what was handed over before, waiting calls included", async () => {
    const producer = open({ bufferBytes: 500, batchBytes: 200 })
    void producer.enqueue(numbered(50))
    void producer.send({ topic: "t", value: "last" })
    await producer.close()
    expect(broker.log("t").values()).toEqual([...texts(50), "last"])
  })
})

describe("producer: back-pressure", () => {
  it("send waits while the buffer is full, and goes on when there is room", async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    broker.script(ApiKey.Produce, async (request) => {
      await gate
      return broker.produce(request)
    })
    const producer = open({ bufferBytes: 1000, batchBytes: 500, maxInFlight: 1 })
    const sent = numbered(100).map(({ value }) =>
      producer.send({ topic: "t", value: value.padEnd(50) }),
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(producer.bufferedBytes).toBeLessThan(1200)
    release()
    await Promise.all(sent)
    expect(
      broker
        .log("t")
        .values()
        .map((value) => value.trim()),
    ).toEqual(texts(100))
    expect(producer.bufferedBytes).toBe(0)
  })

  it("a buffer that stays full fails with BUFFER_FULL after maxBlockMs", async () => {
    broker.always(ApiKey.Produce, () => "hang")
    const producer = open({ bufferBytes: 250, maxBlockMs: 40 })
    void producer.send({ topic: "t", value: "x".repeat(200) })
    const error = await failure(producer.send({ topic: "t", value: "b" }))
    expect(error).toMatchObject({ code: "BUFFER_FULL", retriable: true })
  })

  it("a record larger than the buffer is refused at once", async () => {
    const error = await failure(
      open({ bufferBytes: 200 }).send({ topic: "t", value: "x".repeat(500) }),
    )
    expect(error.code).toBe("MESSAGE_TOO_LARGE")
  })

  it("a topic that never appears fails with its name, before any delivery deadline", async () => {
    const producer = open({ maxBlockMs: 50 })
    const error = await failure(producer.send({ topic: "nowhere", value: "a" }))
    expect(error).toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION", topic: "nowhere" })
  })
})

describe("producer: brokers it cannot use", () => {
  it("one that serves no Produce we speak: the record fails, nothing else does", async () => {
    broker.maxVersions.set(ApiKey.Produce, 2)
    const producer = open()
    const error = await failure(producer.send({ topic: "t", value: "a" }))
    expect(error.code).toBe("UNSUPPORTED_VERSION")
    await producer.close()
  })

  it("one that is gone: close gives up when its time is over, and records fail", async () => {
    const producer = open()
    await producer.send({ topic: "t", value: "a" })
    await broker.close()
    const pending = failure(producer.send({ topic: "t", value: "b" }))
    await producer.close({ timeoutMs: 20 })
    expect((await pending).code).toBe("CLOSED")
  })

  it("one that was never there: close needs no time-out", async () => {
    const { bootstrapServers } = broker
    await broker.close()
    const producer = open({ bootstrapServers, bootstrapTimeoutMs: 20 })
    const pending = failure(producer.send({ topic: "t", value: "a" }))
    await producer.close()
    expect((await pending).code).toBe("CONNECTION_FAILED")
  })
})

describe("producer: options", () => {
  it.each([
    [{ acks: 2 }],
    [{ lingerMs: -1 }],
    [{ compression: "rar" }],
    [{ acks: 1, idempotent: true }],
    [{ maxInFlight: 6 }],
    [{ bootstrapServers: "" }],
    [{ bootstrapServers: "host:notaport" }],
  ])("%j is refused", (options) => {
    const wrong = { bootstrapServers: "h:1", ...options } as ProducerOptions
    expect(() => new Producer(wrong)).toThrow(KafkaError)
  })
})
