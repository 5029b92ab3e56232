/** KafkaJS as the tests use it: every codec, no noise, and clients that are closed in the end. */
import {
  type Admin,
  CompressionCodecs,
  CompressionTypes,
  type Consumer,
  type ConsumerConfig,
  type IHeaders,
  Kafka,
  logLevel,
  type Message,
  Partitioners,
  type Producer,
} from "kafkajs"
import { type Compression, codecNamed } from "../../../protocol/records/compression/index.ts"
import type { Server } from "./house.ts"

/** KafkaJS brings gzip; the others are plugged in, as its users do. */
export const codecs: readonly (readonly [string, CompressionTypes])[] = [
  ["none", CompressionTypes.None],
  ["gzip", CompressionTypes.GZIP],
  ["snappy", CompressionTypes.Snappy],
  ["lz4", CompressionTypes.LZ4],
  ["zstd", CompressionTypes.ZSTD],
]
for (const [name, type] of codecs.slice(2)) {
  const codec = codecNamed(name as Compression)
  const table = CompressionCodecs as Record<number, unknown>
  table[type] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => codec.compress(buffer),
    decompress: async (bytes: Buffer) => codec.decompress(bytes, 64 * 1024 * 1024),
  })
}

/** A record as a consumer got it. */
export interface Received {
  partition: number
  offset: number
  timestamp: number
  key: string | null
  value: Buffer | null
  headers: IHeaders | undefined
}

/** Clients of one broker, closed together. */
export class KafkaJsClients {
  readonly #server: Server
  readonly #open: { disconnect(): Promise<void> }[] = []

  constructor(server: Server) {
    this.#server = server
  }

  get kafka(): Kafka {
    return new Kafka({
      brokers: [this.#server.bootstrap],
      clientId: "compat",
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 10 },
    })
  }

  async admin(): Promise<Admin> {
    return this.#opened(this.kafka.admin())
  }

  async producer(): Promise<Producer> {
    const createPartitioner = Partitioners.DefaultPartitioner
    return this.#opened(this.kafka.producer({ createPartitioner }))
  }

  async consumer(config: ConsumerConfig): Promise<Consumer> {
    const timing = { heartbeatInterval: 500, maxWaitTimeInMs: 100, rebalanceTimeout: 10_000 }
    return this.#opened(this.kafka.consumer({ ...timing, ...config }))
  }

  async createTopic(name: string, numPartitions = 1): Promise<string> {
    const admin = await this.admin()
    await admin.createTopics({ topics: [{ topic: name, numPartitions }] })
    return name
  }

  /** Makes a topic of one partition with these records in one batch. */
  async produce(topic: string, messages: Message[], compression = CompressionTypes.None) {
    const producer = await this.producer()
    return producer.send({ topic, messages, acks: -1, compression })
  }

  /** Reads a topic from the beginning until `count` records have come. */
  async consume(topic: string, count: number): Promise<Received[]> {
    const consumer = await this.consumer({ groupId: this.#server.newName("reader") })
    await consumer.subscribe({ topic, fromBeginning: true })
    const received = await collect(consumer, count)
    await this.#open.pop()?.disconnect()
    return received
  }

  /** Closes everything, last opened first. */
  async close(): Promise<void> {
    for (const client of this.#open.splice(0).reverse()) await client.disconnect()
  }

  async #opened<C extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
    client: C,
  ): Promise<C> {
    await client.connect()
    this.#open.push(client)
    return client
  }
}

/** Runs a consumer until `count` records have come; in the order they came. */
export function collect(
  consumer: Consumer,
  count: number,
  options: { autoCommit?: boolean } = {},
): Promise<Received[]> {
  const received: Received[] = []
  return new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    const run = consumer.run({
      ...options,
      eachMessage: async ({ partition, message }) => {
        const { key, value, headers } = message
        received.push({
          ...{ partition, value, headers, key: key?.toString() ?? null },
          offset: Number(message.offset),
          timestamp: Number(message.timestamp),
        })
        if (received.length >= count) resolve(received)
      },
    })
    run.catch(reject)
  })
}

/** Resolves when the consumer has joined its group next, with what it was assigned. */
export function joined(consumer: Consumer): Promise<Record<string, number[]>> {
  return new Promise((resolve) => {
    const stop = consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      stop()
      resolve(payload.memberAssignment)
    })
  })
}
