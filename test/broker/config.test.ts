/** Where settings come from, what they become, and what a mistake is answered with. */
import {
  type BrokerConfig,
  brokerOptions,
  defaultConfig,
  parseConfig,
  type Setting,
  settingsOf,
  transportOptions,
} from "../../broker/config.ts"
import { parseConfigFile, parsePair } from "../../broker/config-file.ts"
import { parseListener } from "../../broker/listeners.ts"
import { FOREVER, formatValue, nearestName, type Option } from "../../broker/options.ts"

const set = (values: Record<string, unknown>) => parseConfig(settingsOf(values, "here"))

function configOf(values: Record<string, unknown>): BrokerConfig {
  const result = set(values)
  if (!result.ok) throw new Error(result.errors.join("; "))
  return result.config
}

function errorsOf(values: Record<string, unknown>): string[] {
  const result = set(values)
  return result.ok ? [] : result.errors
}

function settingsIn(text: string, path = "server.properties"): Setting[] {
  const result = parseConfigFile(text, path)
  if (!result.ok) throw new Error(result.errors.join("; "))
  return result.settings
}

describe("the table of options", () => {
  const options: [string, Option][] = Object.entries(brokerOptions)

  it.each(options)("%s: its default is a value that it allows", (_name, option) => {
    const text = formatValue(option.default)
    if (text === null) expect(option.isNullable).toBe(true)
    else if (text !== "") expect(option.parse(text)).toEqual(option.default)
  })

  it.each(options)("%s: is explained in one sentence", (_name, option) => {
    expect(option.doc).toMatch(/^[A-Z].*\.$/)
    expect(option.allowed).not.toBe("")
  })

  it("the defaults are a config", () => {
    expect(configOf({})).toEqual(defaultConfig())
  })
})

describe("settings", () => {
  it("are texts or values of the option's type", () => {
    const texts = { "num.partitions": "12", "auto.create.topics.enable": " FALSE " }
    const values = { "num.partitions": 12, "auto.create.topics.enable": false }
    expect(configOf(texts)).toEqual(configOf(values))
    expect(configOf(texts)["num.partitions"]).toBe(12)
    expect(configOf(texts)["auto.create.topics.enable"]).toBe(false)
    expect(configOf({ "log.dirs": ["a", "b"] })["log.dirs"]).toEqual(["a", "b"])
    expect(configOf({ "log.dirs": "a, b" })["log.dirs"]).toEqual(["a", "b"])
  })

  it("later ones win", () => {
    const settings = [...settingsOf({ "node.id": 1 }, "a"), ...settingsOf({ "node.id": 2 }, "b")]
    const result = parseConfig(settings)
    expect(result.ok && result.config["node.id"]).toBe(2)
  })

  it("undefined leaves the default, null unsets what may be unset", () => {
    expect(configOf({ "node.id": undefined })["node.id"]).toBe(1)
    expect(configOf({ "log.retention.ms": 5 })["log.retention.ms"]).toBe(5)
    expect(configOf({ "log.retention.ms": null })["log.retention.ms"]).toBeNull()
    expect(errorsOf({ "node.id": null })).toHaveLength(1)
  })

  it("Kafka's largest int64 is no limit, and is shown as Kafka shows it", () => {
    const config = configOf({ "log.flush.interval.messages": "9223372036854775807" })
    expect(config["log.flush.interval.messages"]).toBe(FOREVER)
    expect(formatValue(FOREVER)).toBe("9223372036854775807")
  })

  it("Kafka's other names of options are taken", () => {
    expect(configOf({ "broker.id": 7 })["node.id"]).toBe(7)
    expect(configOf({ "log.dir": "/data" })["log.dirs"]).toEqual(["/data"])
  })

  it("become the options of the transport", () => {
    const values = { "socket.request.max.bytes": 2_000_000, "max.connections": 3 }
    expect(transportOptions(configOf(values))).toMatchObject({
      maxFrameBytes: 2_000_000,
      maxConnections: 3,
      idleTimeoutMs: 600_000,
    })
  })
})

describe("a mistake", () => {
  it("in a name: told with place, key and the nearest name", () => {
    const settings = settingsIn("# comment\n\nnum.partition=4\n")
    const result = parseConfig(settings)
    expect(result).toEqual({
      ok: false,
      errors: [
        "server.properties line 3: there is no option num.partition; the nearest is num.partitions",
      ],
    })
  })

  it("in a value: told with what is allowed", () => {
    expect(errorsOf({ "num.partitions": "many" })).toEqual([
      "here: num.partitions=many is not allowed: an integer from 1 to 10000",
    ])
    expect(errorsOf({ durability: "always" })).toEqual([
      "here: durability=always is not allowed: one of fsync, os, memory",
    ])
    expect(errorsOf({ "max.connections": { deep: 1 } })).toEqual([
      'here: max.connections={"deep":1} is not allowed: an integer of at least 1',
    ])
  })

  it("an option of parts that only Kafka has is named as such", () => {
    expect(errorsOf({ "controller.quorum.voters": "1@a:1" })[0]).toContain("has no meaning here")
  })

  it("all are told at once", () => {
    expect(errorsOf({ nonsense: 1, "node.id": -1, "log.roll.hours": 1.5 })).toHaveLength(3)
  })

  it.each([
    ["node.id", "1e3"],
    ["node.id", ""],
    ["node.id", "2147483648"],
    ["log.retention.bytes", "-2"],
    ["log.retention.bytes", "99999999999999999999999"],
    ["listeners", "SSL://a:1"],
    ["listeners", "a:70000"],
    ["listeners", ""],
    ["log.cleanup.policy", "delete,shred"],
    ["log.cleaner.min.cleanable.ratio", "1.5"],
    ["cluster.id", "a b"],
    ["__proto__", "1"],
    ["constructor", "1"],
  ])("%s=%s is refused", (name, value) => {
    const settings = [{ key: name, value, place: "here" }]
    expect(parseConfig(settings).ok).toBe(false)
  })

  it("options that do not go together are refused", () => {
    expect(errorsOf({ "group.min.session.timeout.ms": 3_000_000 })).toHaveLength(1)
    expect(errorsOf({ "message.max.bytes": 200_000_000 })[0]).toContain("socket.request.max.bytes")
    expect(errorsOf({ listeners: "a:1,b:2" })[0]).toContain("one address")
    expect(errorsOf({ "num.partitions": 9, "max.partitions.per.topic": 8 })).toHaveLength(1)
  })
})

describe("a config file", () => {
  const pairs = (text: string) => settingsIn(text).map(({ key, value }) => `${key} -> ${value}`)

  it("in .properties syntax: separators, comments, escapes, continued lines", () => {
    expect(
      pairs(
        [
          "a=1",
          "b : 2",
          "c 3",
          "  # no",
          "! neither",
          "d=x\\",
          "   y\\",
          "   z",
          "e\\=f=g=h",
          "tab=\\t|\\u010d|\\q",
          "path=C\\:\\\\x\\\\",
          "empty=",
          "lonely",
        ].join("\r\n"),
      ),
    ).toEqual([
      "a -> 1",
      "b -> 2",
      "c -> 3",
      "d -> xyz",
      "e=f -> g=h",
      "tab -> \t|č|q",
      "path -> C:\\x\\",
      "empty -> ",
      "lonely -> ",
    ])
  })

  it("keeps the number of the line a continued setting begins at", () => {
    expect(settingsIn("a=1\\\n2\nb=3").map(({ place }) => place)).toEqual([
      "server.properties line 1",
      "server.properties line 3",
    ])
  })

  it("in JSON: keys with their lines, values of any type", () => {
    const settings = settingsIn('\uFEFF{\n "node.id": 3,\n "log.dirs": ["x"]\n}', "a.json")
    expect(settings).toEqual([
      { key: "node.id", value: 3, place: "a.json line 2" },
      { key: "log.dirs", value: ["x"], place: "a.json line 3" },
    ])
  })

  it("that is broken JSON is told with its path", () => {
    const result = parseConfigFile('{ "node.id": }', "a.json")
    expect(!result.ok && result.errors[0]).toMatch(/^a\.json: .*JSON/)
  })

  it("that is huge is not parsed", () => {
    expect(parseConfigFile("#".repeat(2_000_000), "big").ok).toBe(false)
  })
})

describe("a pair of the command line", () => {
  it("ends its key at the first =", () => {
    expect(parsePair("a.b=c=d", "--set")).toEqual({
      ok: true,
      settings: [{ key: "a.b", value: "c=d", place: "--set" }],
    })
  })

  it("without a key or = is refused", () => {
    expect(parsePair("abc", "--set").ok).toBe(false)
    expect(parsePair("=c", "--set").ok).toBe(false)
  })
})

describe("addresses", () => {
  it.each([
    ["PLAINTEXT://h:1", { host: "h", port: 1 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    [":9092", { host: "", port: 9092 }],
    ["PLAINTEXT://[::1]:9", { host: "::1", port: 9 }],
  ])("%s", (text, expected) => expect(parseListener(text)).toEqual(expected))

  it.each(["h", "h:", "::1:9", "http://h:1", "h:65536", "a b:1", "h:1/x"])("%s is none", (text) =>
    expect(parseListener(text)).toBeUndefined(),
  )
})

describe("the nearest name", () => {
  const names = ["log.retention.ms", "log.roll.ms", "durability"]
  it("is found for swapped, missing and wrong characters", () => {
    expect(nearestName("log.retnetion.ms", names)).toBe("log.retention.ms")
    expect(nearestName("durabilty", names)).toBe("durability")
  })
  it("is none for something else, however long", () => {
    expect(nearestName("colour", names)).toBeUndefined()
    expect(nearestName("x".repeat(1_000_000), names)).toBeUndefined()
  })
})
