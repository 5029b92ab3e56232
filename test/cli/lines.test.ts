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
    ['"timestamp" should be a whole number', '{"timestamp": -1}'],
    ['"partition" should be a whole number', '{"partition": "a"}'],
  ])("says %s", (message, line) => {
    const parse = () => parseLine(Buffer.from(line), { format: "json" }, where)
    expect(parse).toThrow(CliError)
    expect(parse).toThrow(message)
  })
})
