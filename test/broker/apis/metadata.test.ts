/** Metadata: topics by name, by id and all of them; auto-creation; the address a client is told. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { MetadataResponse } from "../../../protocol/messages/metadata.ts"
import { BrokerWorld, type SimulatedClient } from "../../support/broker-world.ts"

const NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"

describe("metadata", () => {
  let world: BrokerWorld
  let client: SimulatedClient

  async function open(config = {}) {
    world = await BrokerWorld.open({ config })
    client = world.connect()
  }
  afterEach(() => world.close())

  function ask(names: string[] | null, version = 12, more = {}): Promise<MetadataResponse> {
    const topics = names?.map((name) => ({ name, topicId: NO_ID })) ?? null
    return client.call(ApiKey.Metadata, version, {
      topics,
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
      ...more,
    })
  }

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])(
    "version %i makes a missing topic and names its leader",
    async (version) => {
      await open({ "num.partitions": 2 })
      const { topics, brokers } = await ask(["t"], version)
      expect(brokers).toMatchObject([{ nodeId: 1, host: "127.0.0.1", port: world.broker.port }])
      expect(topics).toMatchObject([{ errorCode: 0, name: "t", isInternal: false }])
      expect(topics[0]!.partitions).toMatchObject([
        { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
        { errorCode: 0, partitionIndex: 1, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
      ])
      if (version >= 10) expect(topics[0]!.topicId).not.toBe(NO_ID)
    },
  )

  it("cluster id, controller and operations are told", async () => {
    await open()
    const plain = await ask(["t"], 8)
    expect(plain).toMatchObject({ clusterId: world.broker.clusterId, controllerId: 1 })
    expect(plain.clusterAuthorizedOperations).toBe(-2147483648)
    expect(plain.topics[0]!.topicAuthorizedOperations).toBe(-2147483648)
    const asked = await ask(["t"], 8, {
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    })
    expect(asked.clusterAuthorizedOperations).toBe(8096)
    expect(asked.topics[0]!.topicAuthorizedOperations).toBe(3576)
  })

  it("null asks for all topics, and so does an empty list in version 0 only", async () => {
    await open()
    await ask(["a"])
    await ask(["b"])
    const names = (reply: MetadataResponse) => reply.topics.map(({ name }) => name)
    expect(names(await ask(null))).toEqual(["a", "b"])
    expect(names(await ask([], 0))).toEqual(["a", "b"])
    expect(names(await ask([], 1))).toEqual([])
  })

  it("a missing topic is not made when client or broker do not want it", async () => {
    await open()
    const refused = await ask(["t"], 12, { allowAutoTopicCreation: false })
    expect(refused.topics[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    await world.close()
    await open({ "auto.create.topics.enable": false })
    const { topics } = await ask(["t"])
    expect(topics).toMatchObject([
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name: "t", topicId: NO_ID },
    ])
    expect((await ask(null)).topics).toEqual([])
  })

  it.each(["..", "a/b", "../../etc", "x".repeat(250), "", "a b"])(
    "the illegal name %j is INVALID_TOPIC_EXCEPTION",
    async (name) => {
      await open()
      const { topics } = await ask([name])
      expect(topics).toMatchObject([{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, name }])
    },
  )

  it("topics are found by id; an unknown id has no name", async () => {
    await open()
    const { topicId } = (await ask(["t"])).topics[0]!
    const byId = (id: string) =>
      ask([], 12, { topics: [{ name: null, topicId: id }] }).then((reply) => reply.topics[0])
    expect(await byId(topicId)).toMatchObject({ errorCode: 0, name: "t", topicId })
    const unknown = "BBBBBBBBBBBBBBBBBBBBBA"
    expect(await byId(unknown)).toMatchObject({
      ...{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId: unknown },
    })
  })

  it("two clients that make the same topic at once both get it", async () => {
    await open()
    const other = world.connect()
    const body = { topics: [{ name: "t", topicId: NO_ID }], allowAutoTopicCreation: true }
    const all = { ...body, includeTopicAuthorizedOperations: false }
    client.send(ApiKey.Metadata, 12, all)
    other.send(ApiKey.Metadata, 12, all)
    const one = await client.reply<MetadataResponse>(ApiKey.Metadata, 12)
    const two = await other.reply<MetadataResponse>(ApiKey.Metadata, 12)
    expect(one.topics[0]).toMatchObject({ errorCode: 0 })
    expect(two.topics[0]!.topicId).toBe(one.topics[0]!.topicId)
  })

  it("a name asked for twice is answered once", async () => {
    await open()
    expect((await ask(["t", "t"])).topics).toHaveLength(1)
  })

  it("advertised.listeners is told instead of the address dialled", async () => {
    await open({ "advertised.listeners": ["PLAINTEXT://kafka.example.com:9999"] })
    const { brokers } = await ask(["t"])
    expect(brokers).toMatchObject([{ host: "kafka.example.com", port: 9999 }])
    const coordinator = await client.call(ApiKey.FindCoordinator, 2, { key: "g", keyType: 0 })
    expect(coordinator).toMatchObject({ host: "kafka.example.com", port: 9999 })
  })
})
