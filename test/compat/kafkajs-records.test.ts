/** KafkaJS produces and consumes records of every kind. */
import { describeHouses } from "./support/house.ts"
import { codecs, KafkaJsClients, type Received } from "./support/kafkajs.ts"

const MINUTE_MS = 60_000

describeHouses("KafkaJS records", (server) => {
  let clients: KafkaJsClients
  beforeEach(() => {
    clients = new KafkaJsClients(server)
  })
  afterEach(() => clients.close())

  it.each(codecs)("come back as they were sent with %s", async (name, compression) => {
    const topic = await clients.createTopic(server.newName(name))
    const values = Array.from({ length: 300 }, (_, index) => `value ${index} ${"x".repeat(40)}`)
    const messages = values.map((value, index) => ({ key: `key-${index}`, value }))
    const [result] = await clients.produce(topic, messages, compression)
    expect(result).toMatchObject({ topicName: topic, partition: 0, errorCode: 0, baseOffset: "0" })
    const received = await clients.consume(topic, values.length)
    expect(received.map(({ value }) => value?.toString())).toEqual(values)
    expect(received.map(({ offset }) => offset)).toEqual(values.map((_, index) => index))
    expect(received[7]?.key).toBe("key-7")
  })

  it("keep headers, null keys, null values and empty values apart", async () => {
    const topic = await clients.createTopic(server.newName("shapes"))
    const headers = { one: "1", two: ["a", "b"], bytes: Buffer.from([0, 255]), empty: "" }
    await clients.produce(topic, [
      { key: "all", value: "of it", headers },
      { key: null, value: "no key" },
      { key: "no value", value: null },
      { key: "", value: "" },
      { key: null, value: null },
    ])
    const received = await clients.consume(topic, 5)
    expect(received.map(({ key, value }) => [key, value?.toString() ?? null])).toEqual([
      ["all", "of it"],
      [null, "no key"],
      ["no value", null],
      ["", ""],
      [null, null],
    ])
    expect(received[0]?.headers).toEqual({
      one: Buffer.from("1"),
      two: [Buffer.from("a"), Buffer.from("b")],
      bytes: Buffer.from([0, 255]),
      empty: Buffer.from(""),
    })
  })

  it("keep the timestamps they were given", async () => {
    const topic = await clients.createTopic(server.newName("timestamps"))
    const now = Date.now()
    const timestamps = [now - 50 * MINUTE_MS, now - 1, now - 10 * MINUTE_MS]
    const messages = timestamps.map((timestamp) => ({ value: "v", timestamp: String(timestamp) }))
    await clients.produce(topic, messages)
    const received = await clients.consume(topic, 3)
    expect(received.map(({ timestamp }) => timestamp)).toEqual(timestamps)
  })

  it("may have a million bytes, or none", async () => {
    const topic = await clients.createTopic(server.newName("sizes"))
    const large = Buffer.alloc(1_000_000, "large ")
    await clients.produce(topic, [{ value: large }])
    await clients.produce(topic, [{ value: Buffer.alloc(0) }])
    const received = await clients.consume(topic, 2)
    expect(received[0]?.value?.equals(large)).toBe(true)
    expect(received[1]?.value).toEqual(Buffer.alloc(0))
  })

  it("are refused above max.message.bytes", async () => {
    const topic = await clients.createTopic(server.newName("too-large"))
    const messages = [{ value: Buffer.alloc(1_100_000) }]
    await expect(clients.produce(topic, messages)).rejects.toThrow(/larger than the max/)
  })

  it("of one key stay in order in one of many partitions", async () => {
    const topic = await clients.createTopic(server.newName("many"), 24)
    const producer = await clients.producer()
    for (let round = 0; round < 5; round++) {
      const messages = Array.from({ length: 100 }, (_, index) => ({
        key: `key-${index}`,
        value: String(round),
      }))
      await producer.send({ topic, messages })
    }
    const received = await clients.consume(topic, 500)
    expect(new Set(received.map(({ partition }) => partition)).size).toBeGreaterThan(15)
    const byKey = new Map<string, Received[]>()
    for (const one of received) byKey.set(one.key!, [...(byKey.get(one.key!) ?? []), one])
    for (const ofKey of byKey.values()) {
      expect(ofKey.map(({ value }) => value?.toString())).toEqual(["0", "1", "2", "3", "4"])
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1)
    }
  })

  it("make their topic when it is not there", async () => {
    const topic = server.newName("automatic")
    await clients.produce(topic, [{ value: "first" }])
    expect((await clients.consume(topic, 1))[0]?.value?.toString()).toBe("first")
  })

  it("are acknowledged as asked: by everybody, by the leader, by nobody", async () => {
    const topic = await clients.createTopic(server.newName("acks"))
    const producer = await clients.producer()
    for (const acks of [-1, 1, 0]) {
      await producer.send({ topic, acks, messages: [{ value: String(acks) }] })
    }
    const received = await clients.consume(topic, 3)
    expect(received.map(({ value }) => value?.toString())).toEqual(["-1", "1", "0"])
  })

  it("of an idempotent producer are there once, in order", async () => {
    const topic = await clients.createTopic(server.newName("idempotent"))
    const producer = clients.kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    try {
      for (let index = 0; index < 20; index++) {
        await producer.send({ topic, messages: [{ value: String(index) }] })
      }
    } finally {
      await producer.disconnect()
    }
    const received = await clients.consume(topic, 20)
    expect(received.map(({ value }) => Number(value))).toEqual([...Array(20).keys()])
  })
})
