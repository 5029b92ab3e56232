/** `millrace inspect` on the directory of a broker that runs, on each house. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { runCommand } from "../support/command.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

/** What is compared of a line of any kind. */
interface Line {
  type: string
  file?: string
  topic?: string
  partition?: number
}

const parseLines = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)

describe.each(houses)("inspect on the %s house", (os) => {
  const directory = temporaryDirectory()
  const dataDir = join(directory, "data")
  let broker: BrokerProcess

  const fail = (args: readonly string[], input = "") =>
    runCommand(args, { bootstrap: broker.bootstrap, input })
  const run = async (args: readonly string[], input = "") => {
    const result = await fail(args, input)
    expect({ status: result.status, stderr: result.stderr }).toMatchObject({ status: 0 })
    return result
  }
  const logOf = (topic: string) => join(dataDir, `${topic}-0`, "00000000000000000000.log")
  const inspect = async (...args: string[]) => {
    const result = await fail(["inspect", ...args, "-o", "ndjson"])
    return { ...result, lines: parseLines(result.text) }
  }

  beforeAll(async () => {
    broker = await startBrokerProcess({ dataDir, os, durability: "os" })
    for (const text of ["a", "b", "c"]) await run(["produce", "inspected"], `${text}1\n${text}2\n`)
  })
  afterAll(async () => {
    expect(await broker.stop()).toBe(0)
  })

  it("shows batches and index entries while the broker runs", async () => {
    const { status, lines } = await inspect(join(dataDir, "inspected-0"))
    expect(status).toBe(0)
    const batches = lines.filter(({ type }) => type === "batch")
    expect(batches).toMatchObject(
      [0, 2, 4].map((baseOffset) => ({
        baseOffset,
        lastOffset: baseOffset + 1,
        recordCount: 2,
        compression: "none",
        hasRightCrc: true,
      })),
    )
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(["batch", "offset-entry", "time-entry", "leader-epoch", "property"]),
    )
  })

  it("shows records of a range of offsets, in JSON as consume has them", async () => {
    const records = ["inspect", logOf("inspected"), "--records"]
    const { text } = await run([...records, "--from", "1", "--to", "4"])
    const rows = text.split("\n").slice(1, -1)
    expect(rows.map((row) => row.trim().split(/\s+/)[0])).toEqual(["1", "2", "3"])
    const { lines } = await inspect(logOf("inspected"), "--records")
    const inspected = lines.map(({ type: _, file: __, ...record }) => record)
    const { text: all } = await run(["consume", "inspected", "--exit", "--format", "json"])
    const consumed = parseLines(all).map(({ topic: _, partition: __, ...rest }) => rest)
    expect(inspected).toEqual(consumed)
  })

  it("says what is damaged and goes on behind it", async () => {
    const copy = join(directory, `damaged-${os}`)
    mkdirSync(copy)
    for (const name of readdirSync(join(dataDir, "inspected-0")))
      writeFileSync(join(copy, name), readFileSync(join(dataDir, "inspected-0", name)))
    const path = join(copy, "00000000000000000000.log")
    const bytes = readFileSync(path)
    const length = 12 + bytes.readInt32BE(8)
    bytes[length - 1]! ^= 1 // the last byte of the first batch's last record
    bytes[length + 16] = 7 // the magic of the second batch
    writeFileSync(path, bytes)
    appendFileSync(path, Buffer.from("torn"))
    const result = await inspect(path)
    expect(result.status).toBe(1)
    expect(result.stderr).toBe("millrace: 3 problems found\n")
    expect(result.lines).toMatchObject([
      { type: "batch", baseOffset: 0, hasRightCrc: false },
      { type: "problem", position: 0, text: expect.stringContaining("checksum") as string },
      { type: "problem", position: length, text: expect.stringContaining("magic 7") as string },
      { type: "batch", baseOffset: 4, hasRightCrc: true },
      {
        type: "problem",
        text: expect.stringContaining("4 bytes are a batch cut short") as string,
      },
    ])
  })

  it("a path that is no log is refused with a hint", async () => {
    expect(await fail(["inspect", dataDir])).toMatchObject({ status: 2 })
    expect((await fail(["inspect", dataDir])).stderr).toMatch(
      /name one that is in it, such as \S+-\d/,
    )
    expect(await fail(["inspect", join(dataDir, "nope")])).toMatchObject({ status: 1 })
    expect(await fail(["inspect", "package.json"])).toMatchObject({ status: 2 })
  })
})
