/** Our clients against real brokers: records in all shapes, groups, seeks, administration. */
import {
  Admin,
  Consumer,
  type ConsumerOptions,
  type ConsumerRecord,
  type KafkaError,
  Producer,
  type ProducerOptions,
  partitionForKey,
} from "../../clients/index.ts"
import { brokerKinds, type RunningBroker } from "../clients/brokers.ts"
import { describeWith } from "../support/peers.ts"

const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const

for (const kind of brokerKinds) {
  describeWith(kind.missing)(`clients with ${kind.name}`, () => {
    let broker: RunningBroker
    let admin: Admin
    let topicCount = 0
    const clients: { close(): Promise<void> }[] = []

    beforeAll(async () => {
      broker = await kind.start()
      admin = new Admin({ bootstrapServers: broker.bootstrapServers })
    })

    afterAll(async () => {
      await admin?.close()
      await broker?.stop()
    })

    afterEach(async () => {
      await Promise.all(clients.splice(0).map((client) => client.close()))
    })

    function producer(options: Partial<ProducerOptions> = {}): Producer {
      const client = new Producer({ bootstrapServers: broker.bootstrapServers, ...options })
      clients.push(client)
      return client
    }

    function consumer(options: Partial<ConsumerOptions> = {}): Consumer {
      const client = new Consumer({
        bootstrapServers: broker.bootstrapServers,
        autoOffsetReset: "earliest",
        ...options,
      })
      clients.push(client)
      return client
    }

    async function newTopic(partitionCount = 1): Promise<string> {
      const name = `topic-${++topicCount}`
      await admin.createTopics([{ name, partitionCount }])
      return name
    }

    async function take(from: Consumer, count: number): Promise<ConsumerRecord[]> {
      const records: ConsumerRecord[] = []
      for await (const record of from) if (records.push(record) === count) break
      return records
    }

    const values = (records: readonly ConsumerRecord[]) => records.map(({ value }) => String(value))
    const numbers = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)

    describe("records", () => {
      it.each(CODECS)("go through unchanged, compressed with %s", async (compression) => {
        const topic = await newTopic()
        const sent = [
          { key: "k", value: "v", headers: { a: "1", b: null }, timestamp: 1_700_000_000_000 },
          { key: null, value: null, timestamp: 1_700_000_000_001 },
          { key: "", value: "", timestamp: 1_700_000_000_002 },
          { key: "big", value: "x".repeat(900_000), timestamp: 1_700_000_000_003 },
          { key: "ü", value: Buffer.from([0, 255, 1]), timestamp: 1_700_000_000_004 },
        ]
        await producer({ compression }).sendBatch(sent.map((record) => ({ topic, ...record })))
        const reader = consumer()
        reader.assign([{ topic, partition: 0 }])
        const records = await take(reader, sent.length)
        expect(records.map(({ timestamp }) => timestamp)).toEqual(sent.map((r) => r.timestamp))
        expect(records.map(({ key }) => key && String(key))).toEqual(["k", null, "", "big", "ü"])
        expect(records.map(({ value }) => value?.length ?? -1)).toEqual([1, -1, 0, 900_000, 3])
        expect(records[0]!.headers.map(({ key, value }) => [key, value && String(value)])).toEqual([
          ["a", "1"],
          ["b", null],
        ])
      })

      it("100,000 small ones over four partitions: all there, in order per key", async () => {
        const topic = await newTopic(4)
        const count = 100_000
        const writer = producer({ compression: "lz4" })
        await writer.sendBatch(
          Array.from({ length: count }, (_, i) => ({ topic, key: `k${i % 50}`, value: `${i}` })),
        )
        const reader = consumer()
        reader.assign([0, 1, 2, 3].map((partition) => ({ topic, partition })))
        const last = new Map<string, number>()
        let [seen, misplaced] = [0, 0]
        for await (const batch of reader.batches()) {
          for (const { key, value, partition } of batch) {
            const name = String(key)
            if (Number(value) <= (last.get(name) ?? -1)) misplaced++
            if (partition !== partitionForKey(key!, 4)) misplaced++
            last.set(name, Number(value))
            seen++
          }
          if (seen >= count) break
        }
        expect([seen, misplaced]).toEqual([count, 0])
      })

      it.each([
        ["all", 0],
        [1, 0],
        [0, -1],
      ] as const)("acks %p", async (acks, offset) => {
        const topic = await newTopic()
        const stored = await producer({ acks }).send({ topic, value: "a" })
        expect(stored).toMatchObject({ topic, partition: 0, offset })
        const reader = consumer()
        reader.assign([{ topic, partition: 0 }])
        expect(values(await take(reader, 1))).toEqual(["a"])
      })

      it("a topic that does not exist is created by sending to it", async () => {
        const stored = await producer().send({ topic: `auto-${kind.name.length}`, value: "a" })
        expect(stored.offset).toBe(0)
      })

      it("one that is too large is refused, the others are stored", async () => {
        const topic = await newTopic()
        const writer = producer({ bufferBytes: 64 * 1024 * 1024 })
        const tooLarge = writer.send({ topic, value: Buffer.alloc(3_000_000) })
        await expect(tooLarge).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE", topic })
        expect((await writer.send({ topic, value: "small" })).offset).toBe(0)
      })
    })

    describe("places", () => {
      it("seek by offset and by timestamp, lag and position", async () => {
        const topic = await newTopic()
        const where = { topic, partition: 0 }
        await producer().sendBatch(
          numbers(100).map((value, i) => ({ topic, value, timestamp: 1_700_000_000_000 + i * 10 })),
        )
        const reader = consumer()
        reader.assign([where])
        reader.seek({ ...where, offset: 40 })
        expect(values(await take(reader, 1))).toEqual(["v40"])
        expect([reader.position(where), reader.lag(where)]).toEqual([41, 59])
        await reader.seekToTimestamp(1_700_000_000_705)
        expect(values(await take(reader, 2))).toEqual(["v71", "v72"])
        reader.seekToBeginning()
        expect(values(await take(reader, 1))).toEqual(["v0"])
      })

      it("records that arrive while a fetch waits are handed out at once", async () => {
        const topic = await newTopic()
        const reader = consumer({ fetchMaxWaitMs: 30_000 })
        reader.assign([{ topic, partition: 0 }])
        const taken = take(reader, 1)
        const writer = producer()
        await new Promise((resolve) => setTimeout(resolve, 300))
        await writer.send({ topic, value: "now" })
        expect(values(await taken)).toEqual(["now"])
      })

      it("deleted records: reading goes on at the new start", async () => {
        const topic = await newTopic()
        await producer().sendBatch(numbers(20).map((value) => ({ topic, value })))
        expect(await admin.deleteRecords([{ topic, partition: 0, offset: 15 }])).toEqual([
          { topic, partition: 0, offset: 15 },
        ])
        const reader = consumer()
        reader.assign([{ topic, partition: 0, offset: 3 }])
        expect(values(await take(reader, 1))).toEqual(["v15"])
      })
    })

    describe("groups", () => {
      it("a committed position is where the next member starts", async () => {
        const topic = await newTopic()
        await producer().sendBatch(numbers(10).map((value) => ({ topic, value })))
        const groupId = `group-${topic}`
        const first = consumer({ groupId, autoCommit: false })
        first.subscribe(topic)
        await take(first, 4)
        await first.commit()
        expect(await first.committed()).toMatchObject([{ topic, partition: 0, offset: 4 }])
        await first.close()
        const second = consumer({ groupId })
        second.subscribe([topic])
        expect(values(await take(second, 2))).toEqual(["v4", "v5"])
        await second.close()
        expect(await admin.fetchGroupOffsets(groupId)).toMatchObject([{ offset: 5 }])
      })

      it("two members share the partitions; when one leaves, the other gets them all", async () => {
        const topic = await newTopic(4)
        const groupId = `group-${topic}`
        const options = { groupId, heartbeatIntervalMs: 100 }
        const seen = new Map<string, number>()
        const errors: KafkaError[] = []
        const run = async (reader: Consumer) => {
          reader.subscribe(topic)
          for await (const { value } of reader) {
            seen.set(String(value), (seen.get(String(value)) ?? 0) + 1)
          }
        }
        const [first, second] = [consumer(options), consumer(options)]
        const running = [first, second].map((reader) => run(reader).catch((e) => errors.push(e)))
        await until(() => first.assignment.length === 2 && second.assignment.length === 2)
        expect((await admin.describeGroups([groupId]))[0]).toMatchObject({ state: "Stable" })
        const writer = producer()
        await writer.sendBatch(numbers(100).map((value, i) => ({ topic, partition: i % 4, value })))
        await until(() => seen.size === 100)
        await first.close()
        await until(() => second.assignment.length === 4)
        await writer.sendBatch(
          numbers(8).map((v, i) => ({ topic, partition: i % 4, value: `w${v}` })),
        )
        await until(() => seen.size === 108)
        await second.close()
        await Promise.all(running)
        expect(errors).toEqual([])
        expect([...seen.values()].every((times) => times === 1)).toBe(true)
        expect((await admin.describeGroups([groupId]))[0]).toMatchObject({ state: "Empty" })
        await admin.deleteGroups([groupId])
      })

      it("a member that is away for too long loses its partitions and rejoins", async () => {
        const topic = await newTopic()
        await producer().sendBatch(numbers(4).map((value) => ({ topic, value })))
        const lost: boolean[] = []
        const reader = consumer({
          groupId: `group-${topic}`,
          heartbeatIntervalMs: 20,
          maxPollIntervalMs: 200,
          onRevoked: (_, isLost) => {
            lost.push(isLost)
          },
        })
        reader.subscribe(topic)
        const seen: string[] = []
        for await (const { value } of reader) {
          seen.push(String(value))
          if (seen.length === 2) await new Promise((resolve) => setTimeout(resolve, 400))
          if (seen.length === 6) break
        }
        expect(lost).toEqual([true])
        expect(seen).toEqual(["v0", "v1", ...numbers(4)])
      })

      it("offsets set from outside are where members start", async () => {
        const topic = await newTopic()
        await producer().sendBatch(numbers(10).map((value) => ({ topic, value })))
        const groupId = `group-${topic}`
        await admin.setGroupOffsets(groupId, [{ topic, partition: 0, offset: 8 }])
        const reader = consumer({ groupId })
        reader.subscribe(topic)
        expect(values(await take(reader, 2))).toEqual(["v8", "v9"])
      })

      it("a topic created after the subscription is read", async () => {
        const topic = `later-${++topicCount}`
        const reader = consumer({ groupId: `group-${topic}` })
        reader.subscribe(topic)
        const taken = take(reader, 1)
        await new Promise((resolve) => setTimeout(resolve, 300))
        await admin.createTopics([{ name: topic, partitionCount: 2 }])
        await producer().send({ topic, value: "found" })
        expect(values(await taken)).toEqual(["found"])
      })
    })

    describe("administration", () => {
      it("topics: create, list, describe, enlarge, delete", async () => {
        const name = `admin-${++topicCount}`
        await admin.createTopics([{ name, partitionCount: 2, configs: { "retention.ms": 77_000 } }])
        await expect(admin.createTopics([{ name }])).rejects.toMatchObject({
          code: "TOPIC_ALREADY_EXISTS",
        })
        expect((await admin.listTopics()).find((topic) => topic.name === name)).toMatchObject({
          partitionCount: 2,
        })
        await admin.createPartitions(name, 3)
        const [described] = await admin.describeTopics([name])
        expect(described!.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
        const configs = await admin.describeConfigs({ type: "topic", name })
        expect(configs.find((entry) => entry.name === "retention.ms")?.value).toBe("77000")
        await admin.deleteTopics([name])
        await expect(admin.describeTopics([name])).rejects.toMatchObject({
          code: "UNKNOWN_TOPIC_OR_PARTITION",
        })
      })

      it("configs: changed and set back", async () => {
        const name = await newTopic()
        const resource = { type: "topic", name } as const
        const value = async () => {
          const configs = await admin.describeConfigs(resource)
          return configs.find((entry) => entry.name === "segment.bytes")
        }
        await admin.alterConfigs(resource, { "segment.bytes": "2097152" })
        await until(async () => (await value())?.value === "2097152")
        expect((await value())?.source).toBe("topic")
        await admin.alterConfigs(resource, { "segment.bytes": null })
        await until(async () => (await value())?.source !== "topic")
        await expect(admin.alterConfigs(resource, { nonsense: "1" })).rejects.toMatchObject({
          code: "INVALID_CONFIG",
        })
      })

      it("the cluster and the offsets of partitions", async () => {
        const { brokers, clusterId } = await admin.describeCluster()
        expect(brokers).toHaveLength(1)
        expect(clusterId).toMatch(/^[\w-]{22}$/)
        const topic = await newTopic(2)
        await producer().sendBatch([
          { topic, partition: 1, value: "a", timestamp: 1_700_000_000_000 },
          { topic, partition: 1, value: "b", timestamp: 1_700_000_000_100 },
        ])
        const partitions = [0, 1].map((partition) => ({ topic, partition }))
        const offsets = async (place: Parameters<Admin["listOffsets"]>[1]) =>
          (await admin.listOffsets(partitions, place)).map(({ offset }) => offset)
        expect(await offsets("earliest")).toEqual([0, 0])
        expect(await offsets("latest")).toEqual([0, 2])
        expect(await offsets({ timestamp: 1_700_000_000_050 })).toEqual([-1, 1])
        expect(await offsets({ timestamp: 1_800_000_000_000 })).toEqual([-1, -1])
      })

      it("an unknown group is Dead, and cannot be deleted", async () => {
        expect((await admin.describeGroups(["nobody"]))[0]?.state).toBe("Dead")
        await expect(admin.deleteGroups(["nobody"])).rejects.toMatchObject({
          code: "GROUP_ID_NOT_FOUND",
        })
      })
    })
  })
}

/** Resolves when a condition holds; fails when it does not within 30 s. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it did not come about within 30 s")
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
