/** The command line against a real broker of each house: what goes in comes out. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { runCommand, startCommand } from "../support/command.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { until } from "../support/until.ts"

interface JsonRecord {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: unknown
  value: unknown
  headers: unknown
}

const parseLines = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonRecord)

describe.each(houses)("command line on the %s house", (os) => {
  const directory = temporaryDirectory()
  const dataDir = join(directory, "data")
  let broker: BrokerProcess

  beforeAll(async () => {
    broker = await startBrokerProcess({ dataDir, os, durability: "os" })
  })
  afterAll(async () => {
    expect(await broker.stop()).toBe(0)
  })

  /** Runs a command against the broker; fails with what it says on stderr. */
  const run = async (args: readonly string[], input: string | Buffer = "") => {
    const result = await runCommand(args, { bootstrap: broker.bootstrap, input })
    expect({ status: result.status, stderr: result.stderr }).toMatchObject({ status: 0 })
    return result
  }
  const fail = (args: readonly string[], input: string | Buffer = "") =>
    runCommand(args, { bootstrap: broker.bootstrap, input })
  const recordsOf = async (topic: string, ...more: string[]) =>
    parseLines((await run(["consume", topic, "--exit", "--format", "json", ...more])).text)

  it("prints the one line when it is ready", () => {
    expect(broker.readyLine).toMatch(
      new RegExp(
        `^millrace \\d+\\.\\d+\\.\\d+ ready on 127\\.0\\.0\\.1:${broker.port} ` +
          `\\(os ${os}, durability os, \\d+ ms\\)$`,
      ),
    )
  })

  it("lines come out as they went in, byte for byte", async () => {
    const input = Buffer.concat([
      Buffer.from("plain\n\ncarriage\rreturn\n"),
      Buffer.from([0xff, 0x00, 0xfe, 0x0a]),
      Buffer.from("line\u2028separator\nlast without an end"),
    ])
    expect((await run(["produce", "bytes"], input)).stderr).toBe("6 records sent to bytes\n")
    const { stdout, stderr } = await run(["consume", "bytes", "--exit"])
    expect(stdout).toEqual(Buffer.concat([input, Buffer.from("\n")]))
    expect(stderr).toBe("6 records\n")
  })

  it("carriage returns at the ends of lines are not part of them", async () => {
    await run(["produce", "windows"], "a\r\nb\r\n")
    expect((await run(["consume", "windows", "--exit"])).text).toBe("a\nb\n")
  })

  it("keys, headers and nulls of lines", async () => {
    const args = ["-k", "=>", "--null-value", "NULL", "-H", "source=test"]
    await run(["produce", "keyed", ...args], "k=>v\nk=>NULL\nNULL=>v\n=>\n")
    const headers = { source: "test" }
    expect(await recordsOf("keyed")).toMatchObject([
      { key: "k", value: "v", headers },
      { key: "k", value: null, headers },
      { key: null, value: "v", headers },
      { key: "", value: "", headers },
    ])
    const { text } = await run(["consume", "keyed", "--exit", "-k", "|", "--null-value", "-"])
    expect(text).toBe("k|v\nk|-\n-|v\n|\n")
  })

  it("JSON lines make a copy that differs in nothing but the topic", async () => {
    await run(["topics", "create", "json", "json-copy", "--partitions", "2"])
    const twice = [
      ["h", "1"],
      ["h", "2"],
    ]
    const order = [
      ["b", ""],
      ["1", null],
    ]
    const lines = [
      { key: "k", value: "v", partition: 1, timestamp: 1_700_000_000_000 },
      { key: { base64: "/wA=" }, value: { base64: "AP8=" }, partition: 0 },
      { value: null, key: "tombstone", headers: { a: "1", b: null, c: { base64: "gA==" } } },
      { value: "twice", headers: twice },
      { value: "order", headers: order },
      { value: { nested: [1, "é\u2028"] }, key: 42 },
      { value: "", key: "" },
      { value: '{"base64":"text"}' },
    ]
    const input = lines.map((line) => JSON.stringify(line)).join("\n\n")
    await run(["produce", "json", "--format", "json"], input)
    const original = await run(["consume", "json", "--exit", "--format", "json"])
    expect(parseLines(original.text)).toHaveLength(lines.length)
    await run(["produce", "json-copy", "--format", "json"], original.stdout)
    const sorted = (records: JsonRecord[]) =>
      records
        .map((record) => ({ ...record, topic: "" }))
        .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    expect(sorted(await recordsOf("json-copy"))).toEqual(sorted(parseLines(original.text)))
    expect(parseLines(original.text)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { base64: "/wA=" }, value: { base64: "AP8=" } }),
        expect.objectContaining({ headers: twice }),
        expect.objectContaining({ key: "42", value: '{"nested":[1,"é\u2028"]}' }),
      ]),
    )
  })

  it.each(["none", "gzip", "snappy", "lz4", "zstd"])("%s goes in and comes out", async (codec) => {
    const path = join(directory, "numbers")
    const text = Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join("")
    writeFileSync(path, text)
    await run(["produce", `codec-${codec}`, "--file", path, "--compression", codec])
    expect((await run(["consume", `codec-${codec}`, "--exit"])).text).toBe(text)
    const log = join(dataDir, `codec-${codec}-0`, "00000000000000000000.log")
    const { text: batches } = await run(["inspect", log, "-o", "ndjson"])
    const codecs = batches.match(/(?<="compression":")\w+/g)
    expect(new Set(codecs)).toEqual(new Set([codec]))
  })

  it("reads from and to offsets, times and counts", async () => {
    const input = [1, 2, 3, 4, 5].map((n) => `{"value":"${n}","timestamp":${1_000 * n}}`)
    await run(["produce", "places", "--format", "json"], input.join("\n"))
    const read = async (...args: string[]) => (await run(["consume", "places", ...args])).text
    expect(await read("--exit", "--from", "3")).toBe("4\n5\n")
    expect(await read("--from", "1", "--to", "3")).toBe("2\n3\n")
    expect(await read("--exit", "--from", "@2500", "--max", "2")).toBe("3\n4\n")
    expect(await read("--from", "1970-01-01T00:00:02Z", "--to", "@4000")).toBe("2\n3\n")
    expect(await read("--exit", "--from", "2h ago")).toBe("")
    expect(await read("--exit", "--from", "latest")).toBe("")
    expect(await read("--max", "1")).toBe("1\n")
  })

  it("a group goes on where its last run ended", async () => {
    await run(["produce", "grouped"], "1\n2\n3\n4\n5\n")
    const read = async (count: number) =>
      (await run(["consume", "grouped", "--group", "g", "--max", String(count)])).text
    expect(await read(2)).toBe("1\n2\n")
    expect(await read(3)).toBe("3\n4\n5\n")
  })

  it("a reader that closes its end of the pipe ends consume quietly", async () => {
    await run(["produce", "piped"], "x\n".repeat(200_000))
    const command = startCommand(["consume", "piped"], { bootstrap: broker.bootstrap })
    await until(() => command.stdout() !== "", "the first record")
    command.process.stdout!.destroy()
    expect(await command.result).toMatchObject({ status: 0, stderr: "" })
  })

  it("Ctrl-C ends consume with status 130, and says how much it printed", async () => {
    await run(["produce", "followed"], "a\nb\n")
    const command = startCommand(["consume", "followed"], { bootstrap: broker.bootstrap })
    await until(() => command.stdout() === "a\nb\n", "both records")
    command.process.kill("SIGINT")
    expect(await command.result).toMatchObject({ status: 130, stderr: "2 records\n" })
  })

  it("Ctrl-C ends produce with what was read stored", async () => {
    const command = startCommand(["produce", "typed"], { bootstrap: broker.bootstrap })
    command.process.stdin!.write("one\ntwo\n")
    for (let read = ""; read !== "one\ntwo\n"; )
      read = (await fail(["consume", "typed", "--exit"])).text
    command.process.kill("SIGINT")
    const stderr = "2 records sent to typed (stopped)\n"
    expect(await command.result).toMatchObject({ status: 130, stderr })
  })

  it("a bad line is named, and those before it are sent", async () => {
    const result = await fail(["produce", "broken", "--format", "json"], '{"value":"1"}\n\nnope\n')
    expect(result.status).toBe(1)
    expect(result.stderr).toMatch(/^millrace: stdin:3: not JSON: .* \(1 record before it sent\)\n$/)
    expect(await recordsOf("broken")).toMatchObject([{ value: "1" }])
  })

  it("topics are created, listed, described, widened and deleted", async () => {
    await run(["topics", "create", "made-b", "made-a", "-p", "2", "-c", "retention.ms=1000"])
    await run(["produce", "made-a", "--partition", "1"], "x\n")
    await run(["topics", "add-partitions", "made-b", "3"])
    const list = JSON.parse((await run(["topics", "list", "-o", "json"])).text) as object[]
    expect(list).toEqual(
      expect.arrayContaining([
        { topic: "made-a", partitions: 2 },
        { topic: "made-b", partitions: 3 },
      ]),
    )
    const { text } = await run(["topics", "describe", "made-a", "made-b"])
    expect(text).toBe(
      "TOPIC   PARTITION  LEADER  REPLICAS  START  END  RECORDS\n" +
        "made-a          0       1  1             0    0        0\n" +
        "made-a          1       1  1             0    1        1\n" +
        "made-b          0       1  1             0    0        0\n" +
        "made-b          1       1  1             0    0        0\n" +
        "made-b          2       1  1             0    0        0\n",
    )
    await run(["topics", "delete", "made-a", "made-b"])
    expect((await run(["topics", "list"])).text).not.toContain("made-")
  })

  const wrong: [string, string[], RegExp][] = [
    ["a topic that is not there", ["consume", "nowhere", "--exit"], /'nowhere'.*UNKNOWN_TOPIC/],
    ["a group on no topic", ["consume", "nowhere", "-g", "g"], /'nowhere'.*UNKNOWN_TOPIC/],
    ["no such topic to describe", ["topics", "describe", "nowhere"], /'nowhere'.*UNKNOWN_TOPIC/],
    ["no such topic to replay", ["replay", "nowhere", "--into", "x"], /'nowhere'.*UNKNOWN_TOPIC/],
    ["a topic name that is not allowed", ["topics", "create", "a/b"], /INVALID_TOPIC/],
    ["an unknown topic option", ["topics", "create", "x", "-c", "retention.m=1"], /retention\.ms/],
    ["no such partition", ["consume", "places", "-p", "9", "--exit"], /no such partition/],
    ["no such file", ["produce", "x", "-f", "/no/such"], /cannot read \/no\/such: ENOENT/],
    ["a directory as a file", ["produce", "x", "-f", "/"], /cannot read \/: it is a directory/],
  ]
  it.each(wrong)("%s is one line and status 1", async (_, args, message) => {
    const { status, text, stderr } = await fail(args)
    expect({ status, text }).toEqual({ status: 1, text: "" })
    expect(stderr).toMatch(/^millrace: .*\n$/)
    expect(stderr).toMatch(message)
  })

  describe("replay", () => {
    const input = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({
        key: `k${index}`,
        value: `v${index}`,
        headers: [["n", String(index)]],
        timestamp: 1_700_000_000_000 + 10 * index,
        partition: index % 3,
      }),
    ).join("\n")
    /** What a replay must not change: all but the topic and, with a range, the offsets. */
    const contents = (records: JsonRecord[]) =>
      records
        .map(({ topic: _, offset: __, ...record }) => record)
        .sort((a, b) => a.timestamp - b.timestamp)
    let source: JsonRecord[]

    beforeAll(async () => {
      await run(["topics", "create", "source", "--partitions", "3"])
      await run(["produce", "source", "--format", "json"], input)
      source = await recordsOf("source")
      expect(source).toHaveLength(300)
    })

    it("a dry run shows the ranges and does nothing", async () => {
      const args = ["replay", "source", "--from", "@1700000001500", "--into", "never", "--dry-run"]
      const { text, stderr } = await run([...args, "-o", "ndjson"])
      expect(parseLines(text)).toEqual(
        [0, 1, 2].map((partition) => ({
          topic: "source",
          partition,
          start: 50,
          end: 100,
          records: 50,
          target: "never",
        })),
      )
      expect(stderr).toBe("150 records; nothing was done (--dry-run)\n")
      expect((await run(["topics", "list"])).text).not.toContain("never")
    })

    it("makes the target as wide as the source and keeps everything", async () => {
      const { stderr } = await run(["replay", "source", "--into", "again"])
      expect(stderr).toBe(
        "created again with 3 partitions\n300 records of source replayed into again\n",
      )
      expect(contents(await recordsOf("again"))).toEqual(contents(source))
    })

    it("replays a range of time", async () => {
      const range = ["--from", "@1700000001000", "--to", "2023-11-14T22:13:22Z"]
      await run(["replay", "source", ...range, "--into", "range"])
      expect(contents(await recordsOf("range"))).toEqual(contents(source).slice(100, 200))
    })

    it("refuses a target with too few partitions, unless keys decide", async () => {
      await run(["topics", "create", "narrow"])
      const refused = await fail(["replay", "source", "--into", "narrow"])
      expect(refused).toMatchObject({
        status: 1,
        stderr:
          "millrace: narrow has 1 partition where 3 are needed: " +
          "add some, or use --partitioning by-key\n",
      })
      await run(["replay", "source", "--into", "narrow", "--partitioning", "by-key"])
      expect(await recordsOf("narrow")).toHaveLength(300)
    })

    it("at the recorded pace, partitions come in the order of their time", async () => {
      await run(["topics", "create", "paced"])
      const how = ["--pace", "recorded", "--speed", "1000", "--partitioning", "by-key"]
      await run(["replay", "source", "--into", "paced", ...how])
      expect((await recordsOf("paced")).map(({ value }) => value)).toEqual(
        Array.from({ length: 300 }, (_, index) => `v${index}`),
      )
    })

    it("goes on where it was stopped, without loss", async () => {
      const state = join(directory, "state.json")
      const args = ["replay", "source", "--into", "resumed", "--state", state]
      const slow = [...args, "--pace", "recorded", "--speed", "0.05"]
      const command = startCommand(slow, { bootstrap: broker.bootstrap })
      for (let count = 0; count < 5; )
        count = (await fail(["consume", "resumed", "--exit"])).text.split("\n").length
      command.process.kill("SIGINT")
      const { status, stderr } = await command.result
      expect(status).toBe(130)
      expect(stderr).toMatch(/replayed into resumed \(stopped\)\n$/)
      expect((await run(args)).stderr).toMatch(/^\d+ records of source replayed into resumed\n$/)
      expect(contents(await recordsOf("resumed"))).toEqual(contents(source))
      expect((await run(args)).stderr).toBe("0 records of source replayed into resumed\n")
      const other = await fail(["replay", "source", "--into", "elsewhere", "--state", state])
      expect(other).toMatchObject({ status: 1 })
      expect(other.stderr).toContain("belongs to a replay of source into resumed")
    })

    it("moves a group back", async () => {
      const read = async () =>
        (await run(["consume", "source", "-g", "mover", "--max", "150"])).text.split("\n")
      await run(["replay", "source", "--to-group", "mover", "--from", "@1700000001500"])
      const first = await read()
      await run(["replay", "source", "--to-group", "mover", "--from", "@1700000001500"])
      expect((await read()).sort()).toEqual(first.sort())
      expect(first).toContain("v150")
      expect(first).not.toContain("v149")
    })

    it("a group with members is left alone", async () => {
      const command = startCommand(["consume", "source", "-g", "busy"], {
        bootstrap: broker.bootstrap,
      })
      await until(() => command.stdout().split("\n").length > 300, "all records")
      const { status, stderr } = await fail(["replay", "source", "--to-group", "busy"])
      command.process.kill("SIGINT")
      await command.result
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: "millrace: group busy has members at the moment: stop its consumers first\n",
      })
    })
  })
})
