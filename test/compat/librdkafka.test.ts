/** librdkafka through @confluentinc/kafka-javascript against a real broker process. */
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { describeWith, rdkafkaMissing } from "../support/peers.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

/** The part of the binding's KafkaJS-like interface that is used here. */
interface Binding {
  Kafka: new (
    config: object,
  ) => {
    producer(config?: object): Client & { send(batch: object): Promise<{ baseOffset: string }[]> }
    consumer(config: object): Client & {
      subscribe(what: object): Promise<void>
      run(handlers: { eachMessage(delivery: Delivery): Promise<void> }): Promise<void>
    }
    admin(): Client & {
      createTopics(what: object): Promise<boolean>
      fetchTopicOffsetsByTimestamp(topic: string, timestamp: number): Promise<{ offset: string }[]>
    }
  }
}

interface Client {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

interface Delivery {
  partition: number
  message: {
    key: Buffer | null
    value: Buffer | null
    timestamp: string
    headers?: Record<string, Buffer | string>
  }
}

describeWith(rdkafkaMissing())("librdkafka", () => {
  const { KafkaJS } = require("./node_modules/@confluentinc/kafka-javascript") as {
    KafkaJS: Binding
  }

  describe.each(houses)("on the %s house", (os) => {
    const directory = scopedDirectory("millrace-rdkafka-")
    let broker: BrokerProcess
    let kafka: InstanceType<Binding["Kafka"]>

    beforeAll(async () => {
      broker = await startBrokerProcess({ dataDir: directory.path, os })
      const quiet = { logLevel: 0 }
      kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: [broker.bootstrap], ...quiet } })
    })
    afterAll(async () => {
      await broker.stop()
      directory[Symbol.dispose]()
    })

    async function produce(topic: string, messages: object[], config: object = {}) {
      const producer = kafka.producer({ kafkaJS: config, "message.max.bytes": 2_000_000 })
      await producer.connect()
      try {
        return await producer.send({ topic, messages })
      } finally {
        await producer.disconnect()
      }
    }

    async function consume(topic: string, count: number, groupId: string): Promise<Delivery[]> {
      const consumer = kafka.consumer({ kafkaJS: { groupId, fromBeginning: true } })
      const deliveries: Delivery[] = []
      await consumer.connect()
      try {
        await consumer.subscribe({ topic })
        await new Promise<void>((resolve, reject) => {
          consumer
            .run({
              eachMessage: async (delivery) => {
                deliveries.push(delivery)
                if (deliveries.length >= count) resolve()
              },
            })
            .catch(reject)
        })
        return deliveries
      } finally {
        await consumer.disconnect()
      }
    }

    it.each(["gzip", "snappy", "lz4", "zstd"])(
      "produces and consumes with %s",
      async (compression) => {
        const topic = `rd-${compression}`
        const lines = Array.from({ length: 300 }, (_, index) => `${index} ${"y".repeat(80)}`)
        const messages = lines.map((value) => ({ value })) // the binding makes Buffers of them
        await produce(topic, messages, { compression, acks: -1 })
        const got = await consume(topic, 300, `group-${topic}`)
        expect(got.map(({ message }) => String(message.value))).toEqual(lines)
      },
    )

    it("keeps keys, headers, nulls and timestamps, idempotently, up to 1 MB", async () => {
      const topic = "rd-shapes"
      // The binding sends every empty value as null: kcat.test.ts has a real one.
      const messages = [
        { key: "k", value: "v", headers: { h: "1" }, timestamp: "1700000000000" },
        { key: null, value: null, timestamp: "1700000000001" },
        { key: "", value: Buffer.alloc(0), timestamp: "1700000000002" },
        { key: "big", value: Buffer.alloc(1_000_000, 7), timestamp: "1700000000003" },
      ]
      await produce(topic, messages, { idempotent: true })
      const got = await consume(topic, 4, "group-shapes")
      const shapes = got.map(({ message }) => [
        message.key === null ? null : String(message.key),
        message.value === null ? null : message.value.length,
        message.timestamp,
      ])
      expect(shapes).toEqual([
        ["k", 1, "1700000000000"],
        [null, null, "1700000000001"],
        ["", null, "1700000000002"],
        ["big", 1_000_000, "1700000000003"],
      ])
      expect(String(got[0]!.message.headers!.h)).toBe("1")
    })

    it("finds offsets by timestamp over many partitions", async () => {
      const admin = kafka.admin()
      await admin.connect()
      try {
        await admin.createTopics({ topics: [{ topic: "rd-many", numPartitions: 20 }] })
        const messages = Array.from({ length: 200 }, (_, index) => {
          return {
            partition: index % 20,
            value: `${index}`,
            timestamp: String(1_700_000_000_000 + index),
          }
        })
        await produce("rd-many", messages)
        const offsets = await admin.fetchTopicOffsetsByTimestamp("rd-many", 1_700_000_000_100)
        expect(offsets.map(({ offset }) => offset)).toEqual(Array(20).fill("5"))
        expect(await consume("rd-many", 200, "group-many")).toHaveLength(200)
      } finally {
        await admin.disconnect()
      }
    })
  })
})
