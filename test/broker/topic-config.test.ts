/** What topics may set, what holds where they do not, and what their logs get of it. */
import { type BrokerConfig, brokerOptions, defaultConfig } from "../../broker/config.ts"
import { FOREVER, formatValue } from "../../broker/options.ts"
import {
  findTopicOption,
  toLogConfig,
  topicConfigProblem,
  topicOptions,
  topicText,
} from "../../broker/topic-config.ts"
import { defaultLogConfig } from "../../storage/log-config.ts"

const broker = (values: Partial<BrokerConfig> = {}): BrokerConfig => ({
  ...defaultConfig(),
  ...values,
})

describe("the table of topic options", () => {
  it.each(Object.entries(topicOptions))("%s: its default is a value it allows", (_name, topic) => {
    const text = formatValue(topic.option.default)
    expect(text).not.toBeNull()
    if (text !== "") expect(topic.option.parse(text!)).toEqual(topic.option.default)
  })

  it("every synonym is an option of the broker", () => {
    for (const { synonyms } of Object.values(topicOptions))
      for (const { name } of synonyms) expect(Object.keys(brokerOptions)).toContain(name)
  })

  it("the default of a topic is what the broker's defaults give", () => {
    for (const [name, { option }] of Object.entries(topicOptions))
      expect([name, topicText(name, broker())]).toEqual([name, formatValue(option.default)])
  })
})

describe("the config of a log", () => {
  it("with nothing set is storage's default", () => {
    expect(toLogConfig(broker())).toEqual(defaultLogConfig)
  })

  it("follows the broker where the topic sets nothing, the topic where it does", () => {
    const config = broker({ "log.segment.bytes": 1_000_000, durability: "os" })
    expect(toLogConfig(config)).toMatchObject({ segmentBytes: 1_000_000, durability: "os" })
    const overrides = new Map([
      ["segment.bytes", "8192"],
      ["millrace.durability", "fsync"],
      ["cleanup.policy", "compact,delete"],
      ["retention.ms", "-1"],
    ])
    expect(toLogConfig(config, overrides)).toMatchObject({
      segmentBytes: 8192,
      durability: "fsync",
      cleanupPolicy: ["compact", "delete"],
      retentionMs: -1,
    })
  })

  it("of two units the finer one wins, and -1 hours is for ever", () => {
    expect(toLogConfig(broker({ "log.retention.hours": 2 })).retentionMs).toBe(7_200_000)
    const both = { "log.retention.hours": 2, "log.retention.minutes": 5 }
    expect(toLogConfig(broker(both)).retentionMs).toBe(300_000)
    expect(toLogConfig(broker({ ...both, "log.retention.ms": 9 })).retentionMs).toBe(9)
    expect(toLogConfig(broker({ "log.retention.hours": -1 })).retentionMs).toBe(-1)
    expect(toLogConfig(broker({ "log.roll.hours": 1 })).segmentMs).toBe(3_600_000)
    expect(toLogConfig(broker({ "log.roll.jitter.hours": 1 })).segmentJitterMs).toBe(3_600_000)
  })

  it("takes the flush interval where it is set", () => {
    expect(toLogConfig(broker()).flushMs).toBe(FOREVER)
    expect(toLogConfig(broker({ "log.flush.interval.ms": 50 })).flushMs).toBe(50)
  })
})

describe("configs for a topic", () => {
  it("that are allowed have no problem", () => {
    expect(topicConfigProblem([["retention.ms", "1000"]])).toBeUndefined()
    expect(topicConfigProblem([["leader.replication.throttled.replicas", "*"]])).toBeUndefined()
    expect(topicConfigProblem([])).toBeUndefined()
  })

  it.each([
    ["retention.sm", "1", /Unknown topic config name: retention.sm; the nearest is retention.ms/],
    ["log.retention.ms", "1", /Unknown topic config name/],
    ["retention.ms", "soon", /Invalid value soon for configuration retention.ms/],
    ["retention.ms", null, /Null value not supported for topic configs: retention.ms/],
    ["min.insync.replicas", "2", /only|from 1 to 1/],
    ["compression.type", "gzip", /only producer/],
    ["remote.storage.enable", "true", /only false/],
    ["toString", "1", /Unknown topic config name/],
  ])("%s=%s is a problem", (name, value, expected) => {
    expect(topicConfigProblem([[name, value]])).toMatch(expected)
  })

  it("names of Object are no options", () => {
    expect(findTopicOption("constructor")).toBeUndefined()
  })
})
