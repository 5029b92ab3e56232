/** DescribeConfigs: values, where they come from, what they are. */
import { brokerOptions } from "../../../broker/config.ts"
import { topicOptions } from "../../../broker/topic-config.ts"
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DescribeConfigsResponse } from "../../../protocol/messages/describe-configs.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient, BROKER, TOPIC } from "./admin-client.ts"

let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open({ config: { "log.retention.hours": 5 } })
  admin = new AdminClient(world)
  await admin.create("t", { configs: { "segment.ms": "1234" } })
})
afterAll(() => world.close())

const ofTopic = (configurationKeys: string[] | null) => ({
  resourceType: TOPIC,
  resourceName: "t",
  configurationKeys,
})
const ofBroker = (resourceName: string, configurationKeys: string[] | null = null) => ({
  resourceType: BROKER,
  resourceName,
  configurationKeys,
})

async function one(resource: object, name: string, more: object = {}) {
  const [result] = await admin.describeAll([resource], more)
  return result!.configs.find((config) => config.name === name)
}

describe("configs of a topic", () => {
  it("are all there, for null and for an empty list", async () => {
    for (const keys of [null, []]) {
      const [result] = await admin.describeAll([ofTopic(keys)])
      expect(result!.errorCode).toBe(0)
      expect(result!.configs.map(({ name }) => name)).toEqual(Object.keys(topicOptions))
    }
  })

  it("are those asked for, names of none left out", async () => {
    const [result] = await admin.describeAll([ofTopic(["segment.ms", "nope"])])
    expect(result!.configs.map(({ name }) => name)).toEqual(["segment.ms"])
  })

  it("set for the topic: source 1, with what would hold otherwise as synonyms", async () => {
    expect(await one(ofTopic(null), "segment.ms", { includeSynonyms: true })).toMatchObject({
      value: "1234",
      configSource: 1,
      readOnly: false,
      isSensitive: false,
      configType: 5,
      synonyms: [
        { name: "segment.ms", value: "1234", source: 1 },
        { name: "log.roll.hours", value: "168", source: 5 },
      ],
    })
  })

  it("set for the broker: source 4, in the topic's unit", async () => {
    expect(await one(ofTopic(null), "retention.ms", { includeSynonyms: true })).toMatchObject({
      value: "18000000",
      configSource: 4,
      synonyms: [
        { name: "log.retention.hours", value: "5", source: 4 },
        { name: "log.retention.hours", value: "168", source: 5 },
      ],
    })
  })

  it("set nowhere: source 5; the largest int64 stands for no limit", async () => {
    expect(await one(ofTopic(null), "flush.ms", { includeSynonyms: true })).toMatchObject({
      value: "9223372036854775807",
      configSource: 5,
      synonyms: [],
    })
  })

  it("come with synonyms and documentation only where asked for", async () => {
    const bare = await one(ofTopic(null), "segment.ms")
    expect([bare!.synonyms, bare!.documentation]).toEqual([[], null])
    const full = await one(ofTopic(null), "segment.ms", { includeDocumentation: true })
    expect(full!.documentation).toBe("Age at which a segment is closed.")
  })

  it("in every version", async () => {
    for (let version = 1; version <= 4; version++) {
      const body = { resources: [ofTopic(["cleanup.policy"])], includeSynonyms: true }
      const key = ApiKey.DescribeConfigs
      const reply = await admin.client.call<DescribeConfigsResponse>(key, version, body)
      expect(reply.results[0]!.configs[0]).toMatchObject({
        name: "cleanup.policy",
        value: "delete",
        configType: version >= 3 ? 7 : 0,
      })
    }
  })
})

describe("configs of the broker", () => {
  it("are all there, by its id, and cannot be changed while it runs", async () => {
    const [result] = await admin.describeAll([ofBroker("1")])
    expect(result!.configs.map(({ name }) => name)).toEqual(Object.keys(brokerOptions).sort())
    expect(result!.configs.every(({ readOnly }) => readOnly)).toBe(true)
    const hours = result!.configs.find(({ name }) => name === "log.retention.hours")
    expect(hours).toMatchObject({ value: "5", configSource: 4, configType: 3 })
  })

  it("set for all brokers while they run: none", async () => {
    const [result] = await admin.describeAll([ofBroker("")])
    expect(result).toMatchObject({ errorCode: 0, configs: [] })
  })
})

describe("describing is refused", () => {
  it.each([
    [{ resourceType: TOPIC, resourceName: "zz" }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    [{ resourceType: TOPIC, resourceName: "a b" }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    [{ resourceType: TOPIC, resourceName: "" }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    [{ resourceType: BROKER, resourceName: "7" }, ErrorCode.INVALID_REQUEST],
    [{ resourceType: BROKER, resourceName: "x" }, ErrorCode.INVALID_REQUEST],
    [{ resourceType: 99, resourceName: "x" }, ErrorCode.INVALID_REQUEST],
  ])("for %j, beside others that are answered", async (resource, errorCode) => {
    const asked = [{ ...resource, configurationKeys: null }, ofTopic(["segment.ms"])]
    const [refused, answered] = await admin.describeAll(asked)
    expect(refused).toMatchObject({ ...resource, errorCode, configs: [] })
    expect(refused!.errorMessage).not.toBe("")
    expect(answered!.configs).toHaveLength(1)
  })
})
