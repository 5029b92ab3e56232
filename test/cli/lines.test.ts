/** Records as lines of text: what `produce` reads is what `consume` writes. */
import { CliError } from "../../cli/failure.ts"
import { formatRecord, parseLine } from "../../cli/lines.ts"

const where = () => "input:7"
const text = (bytes: Buffer | null) => bytes?.toString() ?? null

describe("lines", () => {
  it("without a separator the whole line is the value", () => {
    const { key, value } = parseLine(Buffer.from("a:b"), { format: "lines" }, where)
    expect([key, text(value)]).toEqual([null, "a:b"])
  })

  it("the first separator ends the key", () => {
    const { key, value } = parseLine(
      Buffer.from("a:b:c"),
      { format: "lines", keySeparator: ":" },
      where,
    )
    expect([text(key), text(value)]).toEqual(["a", "b:c"])
  })

  it("a line without its separator is refused with file and line", () => {
    expect(() =>
      parseLine(Buffer.from("ab"), { format: "lines", keySeparator: ":" }, where),
    ).toThrow(/^input:7: /)
  })

  it("a key field is taken out of a JSON value that stays as it was", () => {
    const line = '{"distance": 1452, "time": 0.0}'
    const { key, value } = parseLine(
      Buffer.from(line),
      { format: "lines", keyField: "distance" },
      where,
    )
    expect([text(key), text(value)]).toEqual(["1452", line])
  })

  it("a text may stand for null, as key and as value", () => {
    const options = { format: "lines", keySeparator: ":", nullValue: "-" } as const
    const parse = (line: string) => parseLine(Buffer.from(line), options, where)
    expect(parse("-:a")).toMatchObject({ key: null, value: Buffer.from("a") })
    expect(parse("k:-")).toMatchObject({ key: Buffer.from("k"), value: null })
    expect(parse("k:--")).toMatchObject({ value: Buffer.from("--") })
    const record = { topic: "t", offset: 0, key: null, value: null, headers: [] }
    expect(String(formatRecord(record, options))).toBe("-:-")
    expect(String(formatRecord(record, { format: "lines" }))).toBe("")
  })
})

describe("JSON lines", () => {
  const record = {
    topic: "t",
    partition: 3,
    offset: 9,
    timestamp: 1_700_000_000_000,
    key: null,
    value: Buffer.from([0xff, 0x00]),
    headers: [{ key: "h", value: Buffer.from("é") }],
  }

  it.each([
    [[["h", "1"], ["h", "2"]]], // biome-ignore format: one line
    [[["b", "1"], ["1", "2"]]], // biome-ignore format: one line
    [[["__proto__", null]]],
  ])("headers %j keep their number and order", (pairs: (string | null)[][]) => {
    const headers = pairs.map(([key, value]) => ({
      key: key!,
      value: value == null ? null : Buffer.from(value),
    }))
    const line = formatRecord({ ...record, headers }, { format: "json" }) as string
    expect(parseLine(Buffer.from(line), { format: "json" }, where).headers).toEqual(headers)
  })

  it("text with a byte order mark or a replacement character stays as it is", () => {
    for (const text of ["\ufeffx", "\ufffd"]) {
      const value = Buffer.from(text)
      const line = formatRecord({ ...record, value }, { format: "json" }) as string
      expect(parseLine(Buffer.from(line), { format: "json" }, where).value).toEqual(value)
    }
  })

  it("a record without a timestamp gets one when it is sent", () => {
    const { timestamp } = parseLine(Buffer.from('{"timestamp":-1}'), { format: "json" }, where)
    expect(timestamp).toBeUndefined()
  })

  it("written and read again give the same bytes", () => {
    const line = formatRecord(record, { format: "json" }) as string
    const { key, value, headers, timestamp, partition } = parseLine(
      Buffer.from(line),
      { format: "json" },
      where,
    )
    expect({ key, value, headers, timestamp, partition }).toEqual({
      key: record.key,
      value: record.value,
      headers: record.headers,
      timestamp: record.timestamp,
      partition: record.partition,
    })
  })

  it("bytes that are no UTF-8 are base64, text is text", () => {
    const parsed = JSON.parse(formatRecord(record, { format: "json" }) as string)
    expect(parsed.value).toEqual({ base64: "/wA=" })
    expect(parsed.headers).toEqual({ h: "é" })
  })

  it.each([
    ["not JSON", "{"],
    ["not a JSON object", "[1]"],
    ['"timestamp" should be a whole number', '{"timestamp": -2}'],
    ['"partition" should be a whole number', '{"partition": "a"}'],
  ])("says %s", (message, line) => {
    const parse = () => parseLine(Buffer.from(line), { format: "json" }, where)
    expect(parse).toThrow(CliError)
    expect(parse).toThrow(message)
  })
})
