/** KafkaJS as an administrator: topics, partitions, groups, offsets. */
import { describeHouses } from "./support/house.ts"
import { collect, KafkaJsClients } from "./support/kafkajs.ts"

describeHouses("KafkaJS admin", (server) => {
  let clients: KafkaJsClients
  beforeEach(() => {
    clients = new KafkaJsClients(server)
  })
  afterEach(() => clients.close())

  it("creates, describes, enlarges and deletes topics", async () => {
    const admin = await clients.admin()
    const topic = server.newName("topic")
    expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })).toBe(true)
    expect(await admin.createTopics({ topics: [{ topic }] })).toBe(false)
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    expect(topics[0]?.partitions).toHaveLength(5)
    expect(topics[0]?.partitions[0]).toMatchObject({ partitionErrorCode: 0, leader: 1 })
    expect(await admin.listTopics()).toContain(topic)
    await admin.deleteTopics({ topics: [topic] })
    expect(await admin.listTopics()).not.toContain(topic)
  })

  it("says what is wrong with a topic", async () => {
    const admin = await clients.admin()
    const create = (topic: string, numPartitions: number) =>
      admin.createTopics({ topics: [{ topic, numPartitions }] })
    await expect(create("no spaces", 1)).rejects.toMatchObject({
      errors: [{ type: "INVALID_TOPIC_EXCEPTION" }],
    })
    await expect(create(server.newName("none"), 0)).rejects.toMatchObject({
      errors: [{ type: "INVALID_PARTITIONS" }],
    })
    await expect(admin.deleteTopics({ topics: ["not-there"] })).rejects.toThrow(
      /does not host this topic-partition/,
    )
  })

  it("describes the cluster", async () => {
    const admin = await clients.admin()
    const cluster = await admin.describeCluster()
    const [host, port] = server.bootstrap.split(":")
    expect(cluster.brokers).toEqual([{ nodeId: 1, host, port: Number(port) }])
    expect(cluster.controller).toBe(1)
    expect(cluster.clusterId).toMatch(/^[\w-]{22}$/)
  })

  it("reads and deletes records by offset", async () => {
    const admin = await clients.admin()
    const topic = await clients.createTopic(server.newName("records"))
    await clients.produce(topic, [{ value: "0" }, { value: "1" }, { value: "2" }])
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([
      { partition: 0, offset: "3", low: "0", high: "3" },
    ])
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] })
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ low: "2", high: "3" }])
    const [left] = await clients.consume(topic, 1)
    expect(left?.offset).toBe(2)
  })

  it("sets, reads and resets the offsets of a group, and deletes the group", async () => {
    const admin = await clients.admin()
    const topic = await clients.createTopic(server.newName("offsets"), 2)
    const messages = [0, 1].flatMap((partition) => [
      { value: "a", partition },
      { value: "b", partition },
    ])
    await clients.produce(topic, messages)
    const groupId = server.newName("group")
    const partitions = [{ partition: 0, offset: "1" }]
    await admin.setOffsets({ groupId, topic, partitions })
    expect(await admin.fetchOffsets({ groupId, topics: [topic] })).toEqual([
      {
        topic,
        partitions: [
          { partition: 0, offset: "1", metadata: null },
          { partition: 1, offset: "-1", metadata: null },
        ],
      },
    ])
    await admin.resetOffsets({ groupId, topic, earliest: true })
    const consumer = await clients.consumer({ groupId })
    await consumer.subscribe({ topic, fromBeginning: true })
    expect(await collect(consumer, 4)).toHaveLength(4)
    await expect(admin.deleteGroups([groupId])).rejects.toMatchObject({
      groups: [{ error: { type: "NON_EMPTY_GROUP" } }],
    })
    await consumer.disconnect()
    expect(await admin.deleteGroups([groupId])).toEqual([{ groupId, errorCode: 0 }])
    expect((await admin.listGroups()).groups.map((group) => group.groupId)).not.toContain(groupId)
  })

  it("reads the configuration of a topic", async () => {
    const admin = await clients.admin()
    const topic = server.newName("configured")
    const configEntries = [{ name: "retention.ms", value: "12345" }]
    await admin.createTopics({ topics: [{ topic, configEntries }] })
    const names = ["retention.ms", "segment.bytes"]
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: names }],
    })
    const values = resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue])
    expect(new Map(values as [string, string][]).get("retention.ms")).toBe("12345")
    expect(values).toHaveLength(2)
  })
})
