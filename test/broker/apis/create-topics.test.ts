/** CreateTopics: what is made, what is refused and in which words, as Apache Kafka answers. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient, topic } from "./admin-client.ts"

const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open({ config: { "num.partitions": 3 } })
  admin = new AdminClient(world)
})
afterAll(() => world.close())

const assigned = (...replicas: [number, number[]][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: replicas.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
})

describe("a topic is made", () => {
  it("with the asked number of partitions, an id and its configs in the answer", async () => {
    const made = await admin.create("made", { numPartitions: 4, configs: { "retention.ms": "9" } })
    expect(made).toMatchObject({ errorCode: 0, errorMessage: null, numPartitions: 4 })
    expect(made.replicationFactor).toBe(1)
    expect(made.topicId).toMatch(/^[\w-]{22}$/)
    expect(made.topicId).not.toBe(ZERO_ID)
    const named = (name: string) => made.configs!.find((config) => config.name === name)
    expect(named("retention.ms")).toMatchObject({ value: "9", configSource: 1, readOnly: false })
    expect(named("segment.ms")).toMatchObject({ value: "604800000", configSource: 5 })
  })

  it("with the broker's defaults for -1", async () => {
    const asked = { numPartitions: -1, replicationFactor: -1 }
    expect(await admin.create("defaults", asked)).toMatchObject({ errorCode: 0, numPartitions: 3 })
  })

  it("from an assignment to this broker", async () => {
    const made = await admin.create("assigned", assigned([1, [1]], [0, [1]]))
    expect(made).toMatchObject({ errorCode: 0, numPartitions: 2 })
  })

  it("in every version, the old ones without details", async () => {
    for (let version = 2; version <= 7; version++) {
      const reply = await admin.createAll([topic(`v${version}`)], { version })
      expect(reply.topics[0]!.errorCode).toBe(0)
      expect(reply.topics[0]!.numPartitions).toBe(version >= 5 ? 1 : -1)
      expect(reply.topics[0]!.topicId === ZERO_ID).toBe(version < 7)
    }
  })

  it("with the last value of a config that is set twice", async () => {
    const configs = ["1", "2"].map((value) => ({ name: "retention.ms", value }))
    expect((await admin.createAll([topic("twice", { configs })])).topics[0]!.errorCode).toBe(0)
    expect(await admin.configsOf("twice", "retention.ms")).toEqual({ "retention.ms": "2" })
  })

  it("beside others that are refused", async () => {
    const reply = await admin.createAll([topic("fine"), topic("not fine"), topic("also")])
    expect(reply.topics.map(({ errorCode }) => errorCode)).toEqual([0, 17, 0])
  })
})

describe("only checking makes nothing", () => {
  it("and answers what making would", async () => {
    const reply = await admin.createAll([topic("checked", { numPartitions: 7 }), topic("a b")], {
      validateOnly: true,
    })
    expect(reply.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 7, topicId: ZERO_ID })
    expect(reply.topics[1]!.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
    expect((await admin.create("checked")).errorCode).toBe(0)
  })
})

describe("a name is refused", () => {
  it.each(["", ".", "..", "a b", "a/b", "ü", "x".repeat(250)])(
    "that is illegal: %j",
    async (name) => {
      const refused = await admin.create(name)
      expect(refused.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
      expect(refused.errorMessage).not.toBe("")
    },
  )

  it("that exists", async () => {
    await admin.create("exists")
    expect(await admin.create("exists")).toMatchObject({
      errorCode: ErrorCode.TOPIC_ALREADY_EXISTS,
      errorMessage: "Topic 'exists' already exists.",
      numPartitions: -1,
    })
  })

  it("that differs from an existing one in dots and underscores only", async () => {
    await admin.create("colli.de_d")
    expect(await admin.create("colli_de.d")).toMatchObject({
      errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
      errorMessage: "Topic 'colli_de.d' collides with existing topic: colli.de_d",
    })
  })

  it("that stands twice in the request, once for both", async () => {
    const reply = await admin.createAll([topic("dup"), topic("dup"), topic("single")])
    expect(reply.topics).toHaveLength(2)
    expect(reply.topics[0]).toMatchObject({
      name: "dup",
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: "Duplicate topic name.",
    })
    expect(reply.topics[1]).toMatchObject({ name: "single", errorCode: 0 })
  })

  it.each(["__cluster_metadata", "__consumer_offsets"])("of the broker's own: %s", async (name) => {
    expect(await admin.create(name)).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: `Creation of internal topic ${name} is prohibited.`,
    })
  })
})

describe("a number is refused", () => {
  it.each([
    [{ replicationFactor: 2 }, ErrorCode.INVALID_REPLICATION_FACTOR, /there is 1 broker/],
    [{ replicationFactor: 0 }, ErrorCode.INVALID_REPLICATION_FACTOR, /larger than 0/],
    [{ replicationFactor: -2 }, ErrorCode.INVALID_REPLICATION_FACTOR, /larger than 0/],
    [{ numPartitions: 0 }, ErrorCode.INVALID_PARTITIONS, /non-positive/],
    [{ numPartitions: -2 }, ErrorCode.INVALID_PARTITIONS, /non-positive/],
    [{ numPartitions: 10_001 }, ErrorCode.INVALID_PARTITIONS, /max.partitions.per.topic=10000/],
    [{ numPartitions: 2 ** 31 - 1 }, ErrorCode.INVALID_PARTITIONS, /max.partitions.per.topic/],
  ])("%j", async (asked, errorCode, message) => {
    const refused = await admin.create("refused", asked)
    expect(refused.errorCode).toBe(errorCode)
    expect(refused.errorMessage).toMatch(message)
  })

  it("a hundred million partitions cost no memory", async () => {
    const before = process.memoryUsage().rss
    const topics = Array.from({ length: 200 }, (_, i) =>
      topic(`huge-${i}`, { numPartitions: 100_000_000 }),
    )
    const reply = await admin.createAll(topics)
    const codes = new Set(reply.topics.map(({ errorCode }) => errorCode))
    expect(codes).toEqual(new Set([ErrorCode.INVALID_PARTITIONS]))
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  it("that is fine alone but too much together", async () => {
    const topics = Array.from({ length: 6 }, (_, i) => topic(`sum-${i}`, { numPartitions: 10_000 }))
    const reply = await admin.createAll(topics, { validateOnly: true })
    const codes = reply.topics.map(({ errorCode }) => errorCode)
    expect(codes.slice(0, 3)).toEqual([0, 0, 0])
    expect(codes.slice(4)).toEqual([ErrorCode.INVALID_PARTITIONS, ErrorCode.INVALID_PARTITIONS])
    expect(reply.topics.at(-1)!.errorMessage).toContain("max.partitions.per.broker=40000")
  })
})

describe("an assignment is refused", () => {
  const { INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST } = ErrorCode
  it.each([
    ["with a count", { ...assigned([0, [1]]), numPartitions: 1 }, INVALID_REQUEST, /numPartitions/],
    [
      "with a factor",
      { ...assigned([0, [1]]), replicationFactor: 1 },
      INVALID_REQUEST,
      /replication factor/,
    ],
    ["without replicas", assigned([0, []]), INVALID_REPLICA_ASSIGNMENT, /empty replica list/],
    ["to a stranger", assigned([0, [9]]), INVALID_REPLICA_ASSIGNMENT, /broker 9, but no such/],
    ["twice to one", assigned([0, [1, 1]]), INVALID_REPLICA_ASSIGNMENT, /more than once/],
    ["with gaps", assigned([1, [1]]), INVALID_REPLICA_ASSIGNMENT, /consecutive 0-based/],
    ["negative", assigned([-1, [1]]), INVALID_REPLICA_ASSIGNMENT, /consecutive 0-based/],
    ["repeated", assigned([0, [1]], [0, [1]]), INVALID_REPLICA_ASSIGNMENT, /multiple manual/],
  ])("%s", async (_name, asked, errorCode, message) => {
    const refused = await admin.create("refused", asked)
    expect(refused.errorCode).toBe(errorCode)
    expect(refused.errorMessage).toMatch(message)
  })
})

describe("a config is refused", () => {
  it.each([
    [{ nope: "1" }, /^Unknown topic config name: nope/],
    [{ "retention.ms": "x" }, /^Invalid value x for configuration retention.ms/],
    [{ "retention.ms": null }, /^Null value not supported for topic configs: retention.ms/],
    [{ "cleanup.policy": "shred" }, /^Invalid value shred for configuration cleanup.policy/],
    [{ "min.insync.replicas": "2" }, /^Invalid value 2 for configuration min.insync.replicas/],
  ])("%j", async (configs, message) => {
    const refused = await admin.create("refused", { configs })
    expect(refused.errorCode).toBe(ErrorCode.INVALID_CONFIG)
    expect(refused.errorMessage).toMatch(message)
  })
})
