/** @platformatic/kafka produces and consumes records of every kind. */
import * as zlib from "node:zlib"
import { describeHouses } from "./support/house.ts"
import { Platformatic, type PlatformaticRecord, text } from "./support/platformatic.ts"

/** The client takes zstd from node:zlib, which has it since Node 22.15. */
const zstd = "zstdCompressSync" in zlib ? ["zstd"] : []
const codecs = ["none", "gzip", "snappy", "lz4", ...zstd]

describeHouses("@platformatic/kafka records", (server) => {
  let client: Platformatic
  beforeAll(() => {
    client = new Platformatic(server)
  })
  afterAll(() => client.end())

  it.each(codecs)("come back as they were sent with %s", async (compression) => {
    const topic = await client.createTopic(server.newName(compression))
    const values = Array.from({ length: 300 }, (_, index) => `value ${index} ${"x".repeat(40)}`)
    const messages = values.map((value, index) => ({
      key: Buffer.from(`key-${index}`),
      value: Buffer.from(value),
    }))
    expect(await client.send(topic, messages, { compression })).toEqual([
      { topic, partition: 0, offset: 0n },
    ])
    const records = await client.consume(topic, values.length)
    expect(records.map(({ value }) => text(value))).toEqual(values)
    expect(records.map(({ offset }) => Number(offset))).toEqual(values.map((_, index) => index))
    expect(text(records[7]?.key)).toBe("key-7")
  })

  it("keep headers, missing keys, missing values and empty values", async () => {
    const topic = await client.createTopic(server.newName("shapes"))
    const headers = new Map([
      [Buffer.from("one"), Buffer.from("1")],
      [Buffer.from("bytes"), Buffer.from([0, 255])],
    ])
    await client.send(topic, [
      { key: Buffer.from("all"), value: Buffer.from("of it"), headers },
      { value: Buffer.from("no key") },
      { key: Buffer.from("no value") },
      { key: Buffer.from("empty"), value: Buffer.alloc(0) },
    ])
    const records = await client.consume(topic, 4)
    expect(records.map(({ key }) => text(key) || null)).toEqual(["all", null, "no value", "empty"])
    expect(records.map(({ value }) => text(value) || null)).toEqual(["of it", "no key", null, null])
    expect(records[0]?.headers.map(([key, value]) => [text(key), [...value!]])).toEqual([
      ["one", [49]],
      ["bytes", [0, 255]],
    ])
  })

  it("keep the timestamps they were given", async () => {
    const topic = await client.createTopic(server.newName("timestamps"))
    const now = BigInt(Date.now())
    const timestamps = [now - 3_000_000n, now - 1n, now - 600_000n]
    const messages = timestamps.map((timestamp) => ({ value: Buffer.from("v"), timestamp }))
    await client.send(topic, messages)
    const records = await client.consume(topic, 3)
    expect(records.map(({ timestamp }) => timestamp)).toEqual(timestamps)
  })

  it("may have a million bytes", async () => {
    const topic = await client.createTopic(server.newName("sizes"))
    const large = Buffer.alloc(1_000_000, "large ")
    await client.send(topic, [{ value: large }])
    const [record] = await client.consume(topic, 1)
    expect(Buffer.from(record!.value!).equals(large)).toBe(true)
  })

  it("are refused above max.message.bytes", async () => {
    const topic = await client.createTopic(server.newName("too-large"))
    const sending = client.send(topic, [{ value: Buffer.alloc(1_100_000) }])
    await expect(sending).rejects.toThrow(/MESSAGE_TOO_LARGE|larger/)
  })

  it("go to many partitions and come back in order within each", async () => {
    const topic = await client.createTopic(server.newName("many"), 12)
    const messages = Array.from({ length: 600 }, (_, index) => ({
      value: Buffer.from(String(index)),
      partition: index % 12,
    }))
    await client.send(topic, messages)
    const byPartition = new Map<number, PlatformaticRecord[]>()
    for (const record of await client.consume(topic, 600)) {
      byPartition.set(record.partition, [...(byPartition.get(record.partition) ?? []), record])
    }
    expect(byPartition.size).toBe(12)
    for (const [partition, records] of byPartition) {
      const expected = Array.from({ length: 50 }, (_, index) => String(partition + index * 12))
      expect(records.map(({ value }) => text(value))).toEqual(expected)
    }
  })

  it("of an idempotent producer are there once, in order", async () => {
    const topic = await client.createTopic(server.newName("idempotent"))
    for (let index = 0; index < 20; index++) {
      await client.send(topic, [{ value: Buffer.from(String(index)) }], { idempotent: true })
    }
    const records = await client.consume(topic, 20)
    expect(records.map(({ value }) => Number(text(value)))).toEqual([...Array(20).keys()])
  })

  it("make their topic when it is not there", async () => {
    const topic = server.newName("automatic")
    await client.send(topic, [{ value: Buffer.from("first") }])
    expect(text((await client.consume(topic, 1))[0]?.value)).toBe("first")
  })

  it("can be found by timestamp", async () => {
    const topic = await client.createTopic(server.newName("seek"))
    const base = BigInt(Date.now() - 600_000)
    for (let index = 0; index < 10; index++) {
      const timestamp = base + BigInt(index * 1000)
      await client.send(topic, [{ value: Buffer.from(String(index)), timestamp }])
    }
    const find = (timestamp: bigint) =>
      client.admin<{ partitions: object[] }[]>("listOffsets", {
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
      })
    expect((await find(base + 6500n))[0]?.partitions[0]).toMatchObject({
      offset: 7n,
      timestamp: base + 7000n,
    })
    expect((await find(-1n))[0]?.partitions[0]).toMatchObject({ offset: 10n })
    expect((await find(-2n))[0]?.partitions[0]).toMatchObject({ offset: 0n })
    const offsets = [{ topic, partition: 0, offset: 7n }]
    const id = await client.open(server.newName("group"), {
      ...{ topics: [topic], mode: "manual", offsets },
    })
    const records = await client.read(id, 3)
    expect(records.map(({ value }) => text(value))).toEqual(["7", "8", "9"])
    await client.close(id)
  })
})
