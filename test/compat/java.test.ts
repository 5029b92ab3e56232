/** Apache Kafka's own Java clients and tools against a real broker process. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { describeWith, kafkaJarsMissing, runKafkaTool } from "../support/peers.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

const tools = "org.apache.kafka.tools"

describeWith(kafkaJarsMissing())("Kafka's Java tools", () => {
  describe.each(houses)("on the %s house", (os) => {
    const directory = scopedDirectory("millrace-java-")
    let broker: BrokerProcess

    beforeAll(async () => {
      const settings = { "log.index.interval.bytes": "256" }
      broker = await startBrokerProcess({ dataDir: directory.path, os, settings })
    })
    afterAll(async () => {
      await broker.stop()
      directory[Symbol.dispose]()
    })

    const topicCommand = (...args: string[]) =>
      runKafkaTool(`${tools}.TopicCommand`, ["--bootstrap-server", broker.bootstrap, ...args])
    const produce = (topic: string, args: string[], input: string) =>
      runKafkaTool(
        `${tools}.ConsoleProducer`,
        ["--bootstrap-server", broker.bootstrap, "--topic", topic, ...args],
        input,
      )
    const consume = (topic: string, count: number, ...args: string[]) =>
      runKafkaTool(`${tools}.consumer.ConsoleConsumer`, [
        ...[
          "--bootstrap-server",
          broker.bootstrap,
          "--topic",
          topic,
          "--max-messages",
          String(count),
        ],
        ...["--timeout-ms", "20000", ...args],
      ])

    it("creates, describes, extends and deletes topics", () => {
      topicCommand(
        "--create",
        "--topic",
        "made",
        "--partitions",
        "3",
        "--config",
        "retention.ms=1000",
      )
      const described = topicCommand("--describe", "--topic", "made")
      expect(described).toMatch(/Topic: made\s.*PartitionCount: 3\s.*ReplicationFactor: 1/)
      expect(described).toContain("retention.ms=1000")
      topicCommand("--alter", "--topic", "made", "--partitions", "5")
      expect(topicCommand("--describe", "--topic", "made")).toContain("PartitionCount: 5")
      topicCommand("--delete", "--topic", "made")
      expect(topicCommand("--list").split("\n")).not.toContain("made")
    })

    it.each(["none", "gzip", "snappy", "lz4", "zstd"])(
      "produces with %s and consumes in a group",
      (codec) => {
        const topic = `java-${codec}`
        const lines = Array.from({ length: 500 }, (_, index) => `k${index}\tvalue ${index}`)
        const properties = ["--reader-property", "parse.key=true", "--compression-codec", codec]
        produce(topic, properties, `${lines.join("\n")}\n`)
        const shown = consume(
          topic,
          500,
          "--from-beginning",
          "--formatter-property",
          "print.key=true",
        )
        expect(shown.trimEnd().split("\n").sort()).toEqual([...lines].sort())
      },
      60_000,
    )

    it("reports offsets and groups", () => {
      produce("offsets", [], "a\nb\nc\n")
      consume("offsets", 3, "--from-beginning", "--group", "java-group")
      const offsets = runKafkaTool(`${tools}.GetOffsetShell`, [
        ...["--bootstrap-server", broker.bootstrap, "--topic", "offsets"],
      ])
      expect(offsets.trim()).toBe("offsets:0:3")
      const group = runKafkaTool(`${tools}.consumer.group.ConsumerGroupCommand`, [
        ...["--bootstrap-server", broker.bootstrap, "--describe", "--group", "java-group"],
      ])
      expect(group).toMatch(/java-group\s+offsets\s+0\s+3\s+3\s+0/)
    }, 60_000)

    it("DumpLogSegments reads every file of the data directory without complaint", async () => {
      const lines = Array.from({ length: 2_000 }, (_, index) => `record ${index}`)
      produce("dumped", [], `${lines.join("\n")}\n`)
      // The active segment's indexes are longer than their entries while a broker has them mapped.
      expect(await broker.stop()).toBe(0)
      const folder = join(directory.path, "dumped-0")
      const files = readdirSync(folder).filter((name) => /\.(log|index|timeindex)$/.test(name))
      expect(files.length).toBeGreaterThanOrEqual(3)
      const dump = (...args: string[]) =>
        runKafkaTool(`${tools}.DumpLogSegments`, [
          ...["--files", files.map((name) => join(folder, name)).join(","), ...args],
        ])
      const deep = dump("--deep-iteration", "--print-data-log")
      expect(deep).toContain("payload: record 1999")
      const complaint =
        /mismatch|corrupt|isvalid: false|out of order|error|exception|Found timestamp/i
      expect(deep).not.toMatch(complaint)
      expect(dump("--verify-index-only")).not.toMatch(complaint)
      const sanity = dump("--index-sanity-check")
      expect(sanity).not.toMatch(complaint)
      expect(sanity.match(/passed sanity check/g)).toHaveLength(2)
    }, 60_000)
  })
})
