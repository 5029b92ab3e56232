/** Directories of logs: locks, names, deletion, orderly stops. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createSimulatedOs } from "../../native/simulated/index.ts"
import { LogManager } from "../../storage/log-manager.ts"
import {
  append,
  batchOf,
  closed,
  collectLines,
  config,
  createLog,
  houses,
  openHouse,
  openManager,
  readAll,
  TOPIC_ID,
  temporaryDirectory,
} from "./fixture.ts"

describe.each(houses)("data directory on %s", (house) => {
  const os = openHouse(house)
  const test = os === undefined ? it.skip : it
  afterAll(() => os?.close())

  test("holds Kafka's files", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    append(createLog(manager), batchOf(["a"]))
    await closed(manager)
    const read = (name: string) => readFileSync(`${directory.path}/${name}`, "utf8")
    expect(read("flights-0/partition.metadata")).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`)
    expect(read("flights-0/leader-epoch-checkpoint")).toBe("0\n1\n0 0\n")
    expect(read("recovery-point-offset-checkpoint")).toBe("0\n1\nflights 0 1\n")
    expect(read("log-start-offset-checkpoint")).toBe("0\n0\n")
    expect(JSON.parse(read(".kafka_cleanshutdown"))).toMatchObject({ version: 0 })
    expect(readdirSync(`${directory.path}/flights-0`).sort()).toEqual([
      "00000000000000000000.index",
      "00000000000000000000.log",
      "00000000000000000000.timeindex",
      "00000000000000000001.snapshot",
      "leader-epoch-checkpoint",
      "partition.metadata",
    ])
  })

  test("belongs to one broker at a time", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    const options = {
      os: os!,
      directories: [directory.path],
      config: config(),
      log: collectLines(),
    }
    expect(LogManager.open(options)).toMatchObject({ ok: false, reason: "locked" })
    await closed(manager)
    const again = LogManager.open(options)
    expect(again).toMatchObject({ ok: true })
    if (again.ok) await closed(again.manager)
  })

  test("that cannot be made is refused with its reason", () => {
    using directory = temporaryDirectory()
    writeFileSync(`${directory.path}/file`, "")
    const directories = [`${directory.path}/file/nothing`]
    const opened = LogManager.open({ os: os!, directories, config: config(), log: collectLines() })
    expect(opened).toMatchObject({ ok: false, reason: "not-writable" })
  })

  test("the clean-shutdown mark is gone while a broker runs", async () => {
    using directory = temporaryDirectory()
    const mark = `${directory.path}/.kafka_cleanshutdown`
    await closed(openManager(os!, directory.path))
    expect(existsSync(mark)).toBe(true)
    const manager = openManager(os!, directory.path)
    expect(existsSync(mark)).toBe(false)
    await closed(manager)
    await closed(manager)
  })

  test("a deleted log is renamed at once and readable for those who are reading", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    const log = createLog(manager, { fileDeleteDelayMs: 0 })
    append(log, batchOf(["still here"]))
    const read = log.read({ offset: 0, maxBytes: 1000, endOffset: 1, wholeFirstBatch: true })
    if (!read.ok || read.slice === undefined) throw new Error("nothing")
    manager.delete("flights", 0)
    expect(manager.find("flights", 0)).toBeUndefined()
    expect(readdirSync(directory.path).filter((name) => name.startsWith("flights"))).toEqual([
      expect.stringMatching(/^flights-0\.[0-9a-f]{32}-delete$/),
    ])
    const again = createLog(manager)
    expect(again.logEndOffset).toBe(0)
    expect(append(log, batchOf(["x"]))).toMatchObject({ ok: false })
    while (readdirSync(directory.path).some((name) => name.endsWith("-delete")))
      await new Promise((resolve) => setTimeout(resolve, 1))
    const bytes = Buffer.alloc(read.slice.length)
    expect(os!.files.read(read.slice.fd, bytes, 0, bytes.length, read.slice.position)).toBe(
      bytes.length,
    )
    expect(bytes.toString("latin1")).toMatch(/still here/)
    read.slice.release()
    await closed(manager)
  })

  test("memory: closed without a sync, so without a mark; recovered all the same", async () => {
    using directory = temporaryDirectory()
    const manager = openManager(os!, directory.path)
    append(createLog(manager, { durability: "memory" }), batchOf(["a", "b"]))
    await closed(manager)
    expect(existsSync(`${directory.path}/.kafka_cleanshutdown`)).toBe(false)
    const again = openManager(os!, directory.path)
    expect(readAll(os!, again.find("flights", 0)!)).toHaveLength(2)
    await closed(again)
  })
})

describe("several data directories", () => {
  it("share the logs; a partition that is in two of them stops the start", () => {
    let os = createSimulatedOs({ seed: 1 })
    const options = { directories: ["/a", "/b"], config: config(), log: collectLines() }
    const opened = LogManager.open({ ...options, os })
    if (!opened.ok) throw new Error(opened.message)
    for (let index = 0; index < 4; index++) opened.manager.create("t", index, TOPIC_ID, config())
    const logsIn = (path: string) =>
      (os.files.list(path) as string[]).filter((name) => name.startsWith("t-"))
    expect([logsIn("/a").length, logsIn("/b").length]).toEqual([2, 2])
    const [name] = logsIn("/a")
    os.kill()
    os = os.restart()
    os.files.makeDirectory(`/b/${name}`)
    expect(LogManager.open({ ...options, os })).toMatchObject({ ok: false, reason: "damaged" })
  })

  it("one that fails takes only its own logs offline", () => {
    const os = createSimulatedOs({ seed: 1 })
    const offline: string[] = []
    const opened = LogManager.open({
      ...{ os, directories: ["/a", "/b"], config: config(), log: collectLines() },
      onDirectoryOffline: (path) => offline.push(path),
    })
    if (!opened.ok) throw new Error(opened.message)
    const logs = [0, 1].map((index) => {
      const created = opened.manager.create("t", index, TOPIC_ID, config())
      if (!created.ok) throw new Error(created.message)
      return created.log
    })
    os.faults.failNext("write", 5)
    expect(append(logs[0]!, batchOf(["a"]))).toMatchObject({ ok: false })
    expect(append(logs[1]!, batchOf(["a"]))).toMatchObject({ ok: true })
    expect(offline).toHaveLength(1)
    const created = opened.manager.create("t", 2, TOPIC_ID, config())
    expect(created.ok && created.log.directory.startsWith(offline[0]!)).toBe(false)
  })
})

describe("a log's start", () => {
  it("is remembered where it is not that of a segment", () => {
    let os = createSimulatedOs({ seed: 1 })
    const log = createLog(openManager(os, "/data"))
    for (let index = 0; index < 10; index++) append(log, batchOf([`${index}`]))
    expect(log.deleteRecordsBefore(4)).toEqual({ ok: true, logStartOffset: 4 })
    expect(log.deleteRecordsBefore(11)).toMatchObject({ ok: false, reason: "offset-out-of-range" })
    os.advance(1000)
    os.kill()
    os = os.restart()
    const again = openManager(os, "/data").find("flights", 0)!
    expect([again.logStartOffset, again.logEndOffset]).toEqual([4, 10])
  })
})
