/** kcat (librdkafka in C) produces, consumes, seeks and lists against a real broker process. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { describeWith, kcat, kcatMissing } from "../support/peers.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

describeWith(kcatMissing())("kcat", () => {
  describe.each(houses)("on the %s house", (os) => {
    const directory = scopedDirectory("millrace-kcat-")
    let broker: BrokerProcess
    let topics = 0
    const newTopic = () => `kcat-${++topics}`

    beforeAll(async () => {
      broker = await startBrokerProcess({ dataDir: directory.path, os })
    })
    afterAll(async () => {
      expect(await broker.stop()).toBe(0)
      directory[Symbol.dispose]()
    })

    const produce = (topic: string, args: string[], input: string | Buffer) =>
      kcat(["-b", broker.bootstrap, "-P", "-t", topic, ...args], input)
    const consume = (topic: string, ...args: string[]) =>
      kcat(["-b", broker.bootstrap, "-C", "-t", topic, "-e", "-q", ...args])

    it.each(["none", "gzip", "snappy", "lz4", "zstd"])(
      "reads back what it wrote with %s",
      (codec) => {
        const topic = newTopic()
        const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index} ${"x".repeat(50)}`)
        produce(topic, ["-z", codec], lines.join("\n"))
        expect(consume(topic, "-o", "beginning").trimEnd().split("\n")).toEqual(lines)
      },
    )

    it("keeps keys, headers, null keys and null values", () => {
      const topic = newTopic()
      produce(
        topic,
        ["-K", ":", "-Z", "-H", "a=1", "-H", "b=two"],
        "key:value\nonly-key:\n:only-value\n",
      )
      const format = "%k|%K|%s|%S|%h\n"
      expect(consume(topic, "-o", "beginning", "-f", format, "-Z").trimEnd().split("\n")).toEqual([
        "key|3|value|5|a=1,b=two",
        "only-key|8|NULL|-1|a=1,b=two",
        "NULL|-1|only-value|10|a=1,b=two",
      ])
    })

    it("carries a record of 900 kB and one of 0 bytes", () => {
      const topic = newTopic()
      const path = join(directory.path, "large")
      writeFileSync(path, Buffer.alloc(900_000, "a"))
      kcat(["-b", broker.bootstrap, "-P", "-t", topic, path])
      writeFileSync(path, "")
      produce(topic, ["-K", ":"], "empty:\n")
      const sizes = consume(topic, "-o", "beginning", "-f", "%S\n").trimEnd().split("\n")
      expect(sizes).toEqual(["900000", "0"])
    })

    it("finds offsets by timestamp", () => {
      const topic = newTopic()
      const before = Date.now()
      produce(topic, [], "one\ntwo\nthree\n")
      const query = (timestamp: number) =>
        kcat(["-b", broker.bootstrap, "-Q", "-t", `${topic}:0:${timestamp}`]).trim()
      expect(query(before)).toMatch(/offset 0$/)
      expect(query(-1)).toMatch(/offset 3$/)
      expect(query(-2)).toMatch(/offset 0$/)
    })

    it("lists brokers and topics, and sees the address that it dialled", () => {
      const topic = newTopic()
      produce(topic, [], "x\n")
      const listed = JSON.parse(kcat(["-b", broker.bootstrap, "-L", "-J"])) as {
        brokers: { id: number; name: string }[]
        topics: { topic: string; partitions: { leader: number }[] }[]
      }
      expect(listed.brokers).toEqual([{ id: 1, name: broker.bootstrap }])
      expect(listed.topics.find((one) => one.topic === topic)?.partitions[0]?.leader).toBe(1)
    })

    it("consumes in a group and goes on where the group stopped", () => {
      const topic = newTopic()
      produce(topic, [], Array.from({ length: 20 }, (_, index) => `m${index}`).join("\n"))
      const group = (count: number) =>
        kcat([
          ...[
            "-b",
            broker.bootstrap,
            "-q",
            "-X",
            "auto.offset.reset=earliest",
            "-c",
            String(count),
          ],
          ...["-G", `group-${topic}`, topic],
        ])
          .trimEnd()
          .split("\n")
      expect(group(12)).toEqual(Array.from({ length: 12 }, (_, index) => `m${index}`))
      expect(group(8)).toEqual(Array.from({ length: 8 }, (_, index) => `m${index + 12}`))
    })
  })
})
