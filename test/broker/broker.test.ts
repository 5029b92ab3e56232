/** The broker as a whole: what it remembers across restarts, why it may not start, its end. */
import { Broker } from "../../broker/broker.ts"
import { StartError } from "../../broker/start-error.ts"
import { createSimulatedOs } from "../../native/simulated/index.ts"
import { ApiKey } from "../../protocol/apis.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import type { CreateTopicsResponse } from "../../protocol/messages/create-topics.ts"
import type { FetchResponse } from "../../protocol/messages/fetch.ts"
import type { InitProducerIdResponse } from "../../protocol/messages/init-producer-id.ts"
import type { MetadataResponse } from "../../protocol/messages/metadata.ts"
import { BrokerWorld } from "../support/broker-world.ts"
import { batchOf, fetchBody, produceBody, valuesIn } from "../support/record-batches.ts"

async function createTopic(world: BrokerWorld, name: string, more = {}) {
  const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
  const body = { topics: [{ ...topic, ...more }], timeoutMs: 10_000, validateOnly: false }
  const client = world.connect()
  return (await client.call<CreateTopicsResponse>(ApiKey.CreateTopics, 7, body)).topics[0]!
}

async function describeAll(world: BrokerWorld) {
  const reply = await world.connect().call<MetadataResponse>(ApiKey.Metadata, 12, {
    ...{ topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false },
  })
  return reply.topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length])
}

async function deleteTopic(world: BrokerWorld, name: string) {
  await world.connect().call(ApiKey.DeleteTopics, 4, { topicNames: [name], timeoutMs: 1000 })
}

async function append(world: BrokerWorld, topic: string, values: string[]) {
  const body = produceBody(topic, batchOf(values), { acks: -1 })
  expect(await world.connect().call(ApiKey.Produce, 9, body)).toMatchObject({
    responses: [{ partitionResponses: [{ errorCode: 0 }] }],
  })
}

async function readAll(world: BrokerWorld, topic: string) {
  const reply = await world.connect().call<FetchResponse>(ApiKey.Fetch, 12, fetchBody([{ topic }]))
  return valuesIn(reply.responses[0]!.partitions[0]!.records as Buffer)
}

describe.each(["close", "kill", "crash"] as const)("a broker after a %s", (end) => {
  it("has its topics, ids, partitions, records and cluster id", async () => {
    const world = await BrokerWorld.open()
    await createTopic(world, "kept")
    await createTopic(world, "grown")
    await createTopic(world, "deleted")
    const grow = { topics: [{ name: "grown", count: 5, assignments: null }] }
    const body = { ...grow, timeoutMs: 1000, validateOnly: false }
    await world.connect().call(ApiKey.CreatePartitions, 1, body)
    await deleteTopic(world, "deleted")
    await append(world, "kept", ["a", "b"])
    const before = await describeAll(world)
    const { clusterId } = world.broker
    for (let round = 0; round < 3; round++) {
      await world.restartAfter(end)
      expect(await describeAll(world)).toEqual(before)
      expect(world.broker.clusterId).toBe(clusterId)
      expect(await readAll(world, "kept")).toEqual(["0=a", "1=b"])
    }
    expect(before.map(([name, , count]) => [name, count])).toEqual([
      ["kept", 2],
      ["grown", 5],
    ])
    await world.close()
  })

  it("gives a re-created topic a new id and no old records", async () => {
    const world = await BrokerWorld.open()
    const first = await createTopic(world, "t")
    await append(world, "t", ["old"])
    await deleteTopic(world, "t")
    const second = await createTopic(world, "t")
    expect(second.topicId).not.toBe(first.topicId)
    await world.restartAfter(end)
    expect(await describeAll(world)).toEqual([["t", second.topicId, 2]])
    expect(await readAll(world, "t")).toEqual([])
    await world.close()
  })

  it("never gives a producer id twice", async () => {
    const world = await BrokerWorld.open()
    const body = { transactionalId: null, transactionTimeoutMs: 1000 }
    const next = async () => {
      const client = world.connect()
      const call = client.call<InitProducerIdResponse>(ApiKey.InitProducerId, 1, body)
      return (await call).producerId
    }
    const ids = [await next(), await next()]
    await world.restartAfter(end)
    ids.push(await next())
    expect(new Set(ids).size).toBe(3)
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(0)
    await world.close()
  })
})

describe("a deletion that a crash interrupts", () => {
  it.each([1, 2, 3, 4, 5, 6])("leaves the topic whole or gone (seed %i)", async (seed) => {
    const world = await BrokerWorld.open({ seed })
    await createTopic(world, "t")
    await append(world, "t", ["a"])
    const before = await describeAll(world)
    const client = world.connect()
    client.send(ApiKey.DeleteTopics, 4, { topicNames: ["t"], timeoutMs: 1000 })
    await world.os.elapse(seed)
    await world.restartAfter("crash")
    const after = await describeAll(world)
    expect([JSON.stringify([]), JSON.stringify(before)]).toContain(JSON.stringify(after))
    if (after.length > 0) expect(await readAll(world, "t")).toEqual(["0=a"])
    else expect((await createTopic(world, "t")).errorCode).toBe(ErrorCode.NONE)
    await world.close()
  })
})

describe("limits of topics", () => {
  it("100,000,000 partitions are refused, and so is one partition too many in all", async () => {
    const world = await BrokerWorld.open({
      config: { "max.partitions.per.topic": 10, "max.partitions.per.broker": 15 },
    })
    const codeFor = async (name: string, numPartitions: number) =>
      (await createTopic(world, name, { numPartitions })).errorCode
    expect(await codeFor("huge", 100_000_000)).toBe(ErrorCode.INVALID_PARTITIONS)
    expect(await codeFor("none", 0)).toBe(ErrorCode.INVALID_PARTITIONS)
    expect(await codeFor("first", 10)).toBe(ErrorCode.NONE)
    expect(await codeFor("second", 6)).toBe(ErrorCode.INVALID_PARTITIONS)
    expect(await codeFor("second", 5)).toBe(ErrorCode.NONE)
    expect(world.broker.stats().partitionCount).toBe(15)
    await deleteTopic(world, "first")
    expect(await codeFor("third", 10)).toBe(ErrorCode.NONE)
    await world.close()
  })
})

describe("a broker that cannot start says why", () => {
  async function failure(open: () => Promise<unknown>): Promise<string> {
    const error = await open().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(StartError)
    expect((error as Error).message).not.toContain("\n")
    return (error as Error).message
  }

  it("the port is taken", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const first = await os.drive(Broker.open({ os, dataDir: "/one", listen: "127.0.0.1:9092" }))
    const open = () => os.drive(Broker.open({ os, dataDir: "/two", listen: "127.0.0.1:9092" }))
    expect(await failure(open)).toMatch(/127\.0\.0\.1:9092.*port is taken/)
    await os.drive(first.close())
    // The failed one has let go of its directory.
    const again = await os.drive(open())
    await os.drive(again.close())
  })

  it("another broker has the data directory", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const first = await os.drive(Broker.open({ os, dataDir: "/data" }))
    const text = await failure(() => os.drive(Broker.open({ os, dataDir: "/data" })))
    expect(text).toMatch(/\/data.*another/)
    await os.drive(first.close())
  })

  it("the data directory belongs to another node or cluster", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const open = (config: object) => os.drive(Broker.open({ os, dataDir: "/data", config }))
    await os.drive((await open({ "cluster.id": "first" })).close())
    expect(await failure(() => open({ "node.id": 2 }))).toMatch(/belongs to node 1.*node\.id=1/)
    expect(await failure(() => open({ "cluster.id": "x" }))).toMatch(/cluster first, not x/)
    await os.drive((await open({})).close())
  })

  it("the data directory cannot be made", async () => {
    const os = createSimulatedOs({ seed: 1 })
    os.faults.failNext("makeDirectory", 13)
    expect(await failure(() => os.drive(Broker.open({ os, dataDir: "/data" })))).toMatch(/\/data/)
  })

  it("an option does not exist", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const config = { "num.partitons": 3 } as object
    expect(await failure(() => Broker.open({ os, config }))).toMatch(/num\.partitions/)
  })
})

describe("a partition directory that no record knows", () => {
  it("is left alone, and its name cannot be taken", async () => {
    const world = await BrokerWorld.open()
    await createTopic(world, "t")
    await append(world, "t", ["a"])
    await world.close()
    world.os = world.os.restart()
    // The metadata log is lost; the records are not.
    const { files } = world.os
    for (const name of files.list("/data/__cluster_metadata-0") as string[]) {
      files.unlink(`/data/__cluster_metadata-0/${name}`)
    }
    files.removeDirectory("/data/__cluster_metadata-0")
    world.broker = await world.os.drive(Broker.open({ os: world.os, dataDir: "/data" }))
    expect(await describeAll(world)).toEqual([])
    expect((await createTopic(world, "t")).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(files.list("/data/t-0")).toContain("00000000000000000000.log")
    await world.close()
  })
})

describe("closing a broker", () => {
  it("twice, with a fetch parked and a produce under way, answers both and ends once", async () => {
    const world = await BrokerWorld.open()
    await createTopic(world, "t")
    const [reader, writer] = [world.connect(), world.connect()]
    const wait = { maxWaitMs: 600_000, minBytes: 1_000_000 }
    reader.send(ApiKey.Fetch, 12, fetchBody([{ topic: "t" }], wait))
    await world.os.elapse(10)
    expect(world.broker.stats().parkedFetchCount).toBe(1)
    writer.send(ApiKey.Produce, 9, produceBody("t", batchOf(["a"]), { acks: -1 }))
    const startedAt = world.os.clock.monotonicMs()
    await world.os.drive(Promise.all([world.broker.close(), world.broker.close()]))
    expect(world.os.clock.monotonicMs() - startedAt).toBeLessThan(5000)
    expect([reader.takeReplies().length, reader.peer.isClosed]).toEqual([1, true])
    expect(writer.peer.isClosed).toBe(true)
    await world.restartAfter("kill")
    await world.close()
  })
})

describe("a broker without a data directory", () => {
  it("that cannot start leaves none behind", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const first = await os.drive(Broker.open({ os, dataDir: "/one", listen: "127.0.0.1:9092" }))
    const parent = process.env.TMPDIR ?? process.env.TEMP ?? "/tmp"
    const second = os.drive(Broker.open({ os, listen: "127.0.0.1:9092" }))
    await expect(second).rejects.toThrow(StartError)
    expect(os.files.list(parent)).toEqual([])
    await os.drive(first.close())
  })

  it("takes a temporary one and removes it at close", async () => {
    const os = createSimulatedOs({ seed: 1 })
    const parent = process.env.TMPDIR ?? process.env.TEMP ?? "/tmp"
    const broker = await os.drive(Broker.open({ os }))
    expect(os.files.list(parent)).toHaveLength(1)
    await os.drive(broker.close())
    expect(os.files.list(parent)).toEqual([])
    await os.drive(broker.close())
  })
})
