/**
 * What each client is made to say to the broker while the proxy listens: a little of everything it
 * can do. Steps that a broker refuses are part of it (their answers carry error codes), so a failed
 * step is printed and the next one runs. Topic and group names are made from the client's name.
 */
import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const require = createRequire(import.meta.url)
const compat = join(dirname(fileURLToPath(import.meta.url)), "../../compat")
const jars = join(process.env.KAFKA_PEER_DIR ?? join(compat, "kafka"), "lib")

/** Runs a command beside the proxy, which lives in this process. */
function runCommand(command, args, input) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: 60_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr.trim() || error.message)) : resolve(stdout),
    )
    child.stdin.end(input)
  })
}

async function step(name, run) {
  let timer
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("took too long")), 20_000)
  })
  await Promise.race([Promise.resolve().then(run), limit]).catch((error) =>
    console.log(`  ${name}: ${String(error.message).split("\n")[0]}`),
  )
  clearTimeout(timer)
}

const messages = [
  { key: "a", value: "1", timestamp: "1600000000000", headers: { h: "x" } },
  { key: null, value: "two", timestamp: "1600000000001" },
]

async function kafkajs(broker) {
  const { Kafka, CompressionTypes, logLevel } = require("kafkajs")
  const kafka = new Kafka({
    brokers: [broker],
    clientId: "kafkajs-capture",
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  const [topic, groupId] = ["kafkajs-topic", "kafkajs-group"]
  const resource = { type: 2, name: topic }
  const acl = { resourceType: 2, resourceName: topic, resourcePatternType: 3, principal: "User:a" }
  const entry = { ...acl, host: "*", operation: 3, permissionType: 3 }
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: 2, configEntries: [{ name: "retention.ms", value: "-1" }] }],
  })
  await step("createTopics again", () => admin.createTopics({ topics: [{ topic }] }))
  await step("createPartitions", () =>
    admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
  )
  await step("describeConfigs", () =>
    admin.describeConfigs({
      resources: [{ ...resource, configNames: ["retention.ms", "cleanup.policy"] }],
    }),
  )
  await step("alterConfigs", () =>
    admin.alterConfigs({
      resources: [{ ...resource, configEntries: [{ name: "retention.ms", value: "9000000" }] }],
    }),
  )
  await step("describeCluster", () => admin.describeCluster())
  const producer = kafka.producer()
  await producer.connect()
  await step("send", () => producer.send({ topic, messages }))
  await step("send gzip", () =>
    producer.send({ topic, messages, compression: CompressionTypes.GZIP }),
  )
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let seen = 0
  await consumer.run({ eachMessage: async () => void seen++ })
  for (let i = 0; i < 100 && seen < 4; i++) await sleep(100)
  await step("describeGroups", () => admin.describeGroups([groupId]))
  await step("listGroups", () => admin.listGroups())
  await step("commit", () =>
    consumer.commitOffsets([{ topic, partition: 0, offset: "1", metadata: "m" }]),
  )
  await sleep(4000)
  await consumer.disconnect()
  await step("fetchTopicOffsets", () => admin.fetchTopicOffsets(topic))
  await step("by timestamp", () => admin.fetchTopicOffsetsByTimestamp(topic, 1600000000001))
  await step("fetchOffsets", () => admin.fetchOffsets({ groupId, topics: [topic] }))
  await step("deleteTopicRecords", () =>
    admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1" }] }),
  )
  await step("createAcls", () => admin.createAcls({ acl: [entry] }))
  await step("describeAcls", () => admin.describeAcls(entry))
  await step("deleteAcls", () => admin.deleteAcls({ filters: [entry] }))
  await step("alterPartitionReassignments", () =>
    admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: [1] }] }],
    }),
  )
  await step("listPartitionReassignments", () =>
    admin.listPartitionReassignments({ topics: [{ topic, partitions: [0] }] }),
  )
  await step("transaction", async () => {
    const transactional = kafka.producer({
      transactionalId: "kafkajs-tx",
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await transactional.connect()
    const transaction = await transactional.transaction()
    await transaction.send({ topic, messages })
    await transaction.sendOffsets({
      consumerGroupId: groupId,
      topics: [{ topic, partitions: [{ partition: 0, offset: "2" }] }],
    })
    await transaction.commit()
    await transactional.disconnect()
  })
  await step("deleteGroups", () => admin.deleteGroups([groupId]))
  await step("deleteTopics", () => admin.deleteTopics({ topics: [topic] }))
  await admin.disconnect()
}

async function platformatic(broker) {
  const {
    Admin,
    Producer,
    Consumer,
    stringSerializers,
    stringDeserializers,
  } = require("@platformatic/kafka")
  const base = { clientId: "platformatic-capture", bootstrapBrokers: [broker], retries: 0 }
  const [topic, groupId] = ["platformatic-topic", "platformatic-group"]
  const admin = new Admin(base)
  const resource = { resourceType: 2, resourceName: topic }
  const acl = {
    ...resource,
    resourcePatternType: 3,
    principal: "User:a",
    host: "*",
    operation: 3,
    permissionType: 3,
  }
  const filter = {
    resourceType: 2,
    resourceName: topic,
    resourcePatternType: 3,
    principal: "User:a",
    host: "*",
    operation: 3,
    permissionType: 3,
  }
  await admin.createTopics({
    topics: [topic],
    partitions: 2,
    replicas: 1,
    configs: [{ name: "retention.ms", value: "-1" }],
  })
  await step("createPartitions", () =>
    admin.createPartitions({ topics: [{ name: topic, count: 3 }] }),
  )
  await step("metadata", () => admin.metadata({ topics: [topic] }))
  await step("describeConfigs", () =>
    admin.describeConfigs({
      resources: [{ ...resource, configurationKeys: ["retention.ms"] }],
      includeSynonyms: true,
      includeDocumentation: true,
    }),
  )
  await step("alterConfigs", () =>
    admin.alterConfigs({
      resources: [{ ...resource, configs: [{ name: "retention.ms", value: "9000000" }] }],
    }),
  )
  await step("incrementalAlterConfigs", () =>
    admin.incrementalAlterConfigs({
      resources: [
        { ...resource, configs: [{ name: "retention.ms", configOperation: 1, value: null }] },
      ],
    }),
  )
  await step("createAcls", () => admin.createAcls({ creations: [acl] }))
  await step("describeAcls", () => admin.describeAcls({ filter }))
  await step("deleteAcls", () => admin.deleteAcls({ filters: [filter] }))
  await step("describeClientQuotas", () =>
    admin.describeClientQuotas({
      components: [{ entityType: "client-id", matchType: 0, match: "a" }],
    }),
  )
  await step("alterClientQuotas", () =>
    admin.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: "client-id", entityName: "a" }],
          ops: [{ key: "producer_byte_rate", value: 1000000.5, remove: false }],
        },
      ],
    }),
  )
  await step("describeClientQuotas again", () =>
    admin.describeClientQuotas({
      components: [{ entityType: "client-id", matchType: 0, match: "a" }],
    }),
  )
  const list = messages.map(({ timestamp, headers, ...m }) => ({
    ...m,
    topic,
    partition: 0,
    timestamp: BigInt(timestamp),
    headers,
  }))
  const producer = new Producer({ ...base, serializers: stringSerializers })
  await step("send", () => producer.send({ messages: list }))
  await producer.close()
  const idempotent = new Producer({ ...base, serializers: stringSerializers, idempotent: true })
  await step("idempotent", () => idempotent.send({ messages: list, compression: "gzip" }))
  await idempotent.close()
  for (const groupProtocol of ["classic", "consumer"]) {
    const consumer = new Consumer({
      ...base,
      groupId: `${groupId}-${groupProtocol}`,
      groupProtocol,
      deserializers: stringDeserializers,
      autocommit: false,
    })
    await step(`consume ${groupProtocol}`, async () => {
      const stream = await consumer.consume({ topics: [topic], mode: "earliest", maxWaitTime: 300 })
      let seen = 0
      for await (const message of stream) {
        if (++seen === 4) {
          await message.commit()
          break
        }
      }
      await step("describeGroups", () =>
        admin.describeGroups({ groups: [`${groupId}-${groupProtocol}`] }),
      )
      await sleep(4000)
      await step("listOffsets", () => consumer.listOffsets({ topics: [topic] }))
      await step("by timestamp", () =>
        consumer.listOffsetsWithTimestamps({ topics: [topic], timestamp: 1600000000001n }),
      )
      await stream.close()
    })
    await step("close", () => consumer.close(true))
  }
  await step("listGroups", () => admin.listGroups())
  await step("listConsumerGroupOffsets", () =>
    admin.listConsumerGroupOffsets({ groups: [`${groupId}-classic`] }),
  )
  await step("deleteConsumerGroupOffsets", () =>
    admin.deleteConsumerGroupOffsets({
      groupId: `${groupId}-classic`,
      topics: [{ name: topic, partitionIndexes: [0] }],
    }),
  )
  await step("deleteRecords", () =>
    admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 1n }] }] }),
  )
  await step("describeLogDirs", () =>
    admin.describeLogDirs({ topics: [{ name: topic, partitions: [0, 1] }] }),
  )
  await step("transaction", async () => {
    const transactional = new Producer({
      ...base,
      serializers: stringSerializers,
      idempotent: true,
      transactionalId: "platformatic-tx",
    })
    const transaction = await transactional.beginTransaction()
    await transaction.send({ messages: list })
    await transaction.commit()
    await transactional.close()
  })
  await step("deleteGroups", () => admin.deleteGroups({ groups: [`${groupId}-classic`] }))
  await step("deleteTopics", () => admin.deleteTopics({ topics: [topic] }))
  await admin.close()
}

async function kcat(broker) {
  const run = (args, input = "") => runCommand("kcat", ["-b", broker, ...args], input)
  const topic = "kcat-topic"
  await step("produce", () => run(["-P", "-t", topic, "-K", ":"], "a:1\nb:2\n"))
  await step("idempotent", () =>
    run(["-P", "-t", topic, "-z", "lz4", "-X", "enable.idempotence=true"], "c\n"),
  )
  await step("transaction", () => run(["-P", "-t", topic, "-X", "transactional.id=kcat-tx"], "d\n"))
  await step("list", () => run(["-L", "-J"]))
  await step("query", () => run(["-Q", "-t", `${topic}:0:1600000000000`]))
  await step("consume", () => run(["-C", "-t", topic, "-o", "beginning", "-e", "-q"]))
  await step("group", () =>
    run(["-G", "kcat-group", "-c", "3", "-X", "auto.offset.reset=earliest", topic]),
  )
}

async function librdkafka(broker) {
  const { KafkaJS } = require(join(compat, "node_modules/@confluentinc/kafka-javascript"))
  const kafka = new KafkaJS.Kafka({
    kafkaJS: { brokers: [broker], clientId: "librdkafka-capture", logLevel: 0 },
  })
  const admin = kafka.admin()
  const [topic, groupId] = ["librdkafka-topic", "librdkafka-group"]
  await admin.connect()
  await step("createTopics", () => admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }))
  await sleep(500)
  const producer = kafka.producer({ kafkaJS: { idempotent: true } })
  await producer.connect()
  await step("send", () =>
    producer.send({ topic, messages: messages.map((m) => ({ ...m, partition: 0 })) }),
  )
  await producer.disconnect()
  for (const groupProtocol of ["classic", "consumer"]) {
    const group = `${groupId}-${groupProtocol}`
    await step(`consume ${groupProtocol}`, async () => {
      const consumer = kafka.consumer({
        kafkaJS: { groupId: group, fromBeginning: true },
        "group.protocol": groupProtocol,
      })
      await consumer.connect()
      await consumer.subscribe({ topic })
      let seen = 0
      await consumer.run({ eachMessage: async () => void seen++ })
      for (let i = 0; i < 100 && seen < 2; i++) await sleep(100)
      await sleep(4000)
      await step("describeGroups", () => admin.describeGroups([group]))
      await consumer.disconnect()
    })
  }
  await step("listGroups", () => admin.listGroups())
  await step("fetchOffsets", () =>
    admin.fetchOffsets({ groupId: `${groupId}-classic`, topics: [topic] }),
  )
  await step("offsets", () => admin.fetchTopicOffsets(topic))
  await step("metadata", () => admin.fetchTopicMetadata({ topics: [topic] }))
  await step("deleteTopicRecords", () =>
    admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1" }] }),
  )
  await step("transaction", async () => {
    const transactional = kafka.producer({ kafkaJS: { transactionalId: "librdkafka-tx" } })
    await transactional.connect()
    const transaction = await transactional.transaction()
    await transaction.send({ topic, messages })
    await transaction.commit()
    await transactional.disconnect()
  })
  await step("deleteGroups", () => admin.deleteGroups([`${groupId}-classic`]))
  await step("deleteTopics", () => admin.deleteTopics({ topics: [topic] }))
  await admin.disconnect()
}

async function java(broker) {
  const logging = `-Dlog4j2.configurationFile=${join(compat, "log4j2.properties")}`
  const heap = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
  const topic = "java-topic"
  const run = (name, main, args, input = "") =>
    step(name, () =>
      runCommand("java", [...heap, logging, "-cp", `${jars}/*`, main, ...args], input),
    )
  const at = ["--bootstrap-server", broker]
  const topics = "org.apache.kafka.tools.TopicCommand"
  const groups = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
  const configs = "kafka.admin.ConfigCommand"
  const consume = "org.apache.kafka.tools.consumer.ConsoleConsumer"
  await run("create", topics, [...at, "--create", "--topic", topic, "--partitions", "2"])
  await run("alter", topics, [...at, "--alter", "--topic", topic, "--partitions", "3"])
  await run("describe", topics, [...at, "--describe", "--topic", topic])
  await run(
    "produce",
    "org.apache.kafka.tools.ConsoleProducer",
    [...at, "--topic", topic],
    "one\ntwo\n",
  )
  const some = ["--topic", topic, "--from-beginning", "--max-messages", "2"]
  await run("consume", consume, [...at, ...some, "--group", "java-classic"])
  await run("consume", consume, [
    ...at,
    ...some,
    "--group",
    "java-consumer",
    "--command-property",
    "group.protocol=consumer",
  ])
  await run("groups", groups, [...at, "--list", "--state"])
  await run("describe group", groups, [...at, "--describe", "--group", "java-classic"])
  await run("describe group", groups, [
    ...at,
    "--describe",
    "--group",
    "java-consumer",
    "--verbose",
  ])
  await run("reset", groups, [
    ...at,
    "--reset-offsets",
    "--group",
    "java-classic",
    "--topic",
    topic,
    "--to-earliest",
    "--execute",
  ])
  await run("delete offsets", groups, [
    ...at,
    "--delete-offsets",
    "--group",
    "java-classic",
    "--topic",
    topic,
  ])
  await run("delete group", groups, [...at, "--delete", "--group", "java-classic"])
  await run("set", configs, [
    ...at,
    "--entity-type",
    "topics",
    "--entity-name",
    topic,
    "--alter",
    "--add-config",
    "retention.ms=9000000",
  ])
  await run("get", configs, [
    ...at,
    "--entity-type",
    "topics",
    "--entity-name",
    topic,
    "--describe",
  ])
  await run("scram", configs, [
    ...at,
    "--entity-type",
    "users",
    "--entity-name",
    "a",
    "--alter",
    "--add-config",
    "SCRAM-SHA-256=[iterations=4096,password=not-a-secret]",
  ])
  await run("users", configs, [...at, "--entity-type", "users", "--describe"])
  await run("quota", configs, [
    ...at,
    "--entity-type",
    "clients",
    "--entity-name",
    "a",
    "--alter",
    "--add-config",
    "producer_byte_rate=1000",
  ])
  await run("offsets", "org.apache.kafka.tools.GetOffsetShell", [...at, "--topic", topic])
  await run("log dirs", "org.apache.kafka.tools.LogDirsCommand", [
    ...at,
    "--describe",
    "--topic-list",
    topic,
  ])
  await run("transactions", "org.apache.kafka.tools.TransactionsCommand", [...at, "list"])
  await run("producers", "org.apache.kafka.tools.TransactionsCommand", [
    ...at,
    "describe-producers",
    "--topic",
    topic,
    "--partition",
    "0",
  ])
  await run("quorum", "org.apache.kafka.tools.MetadataQuorumCommand", [
    ...at,
    "describe",
    "--status",
  ])
  await run("features", "org.apache.kafka.tools.FeatureCommand", [...at, "describe"])
  await run("acls", "org.apache.kafka.tools.AclCommand", [...at, "--list"])
  await run("cluster", "org.apache.kafka.tools.ClusterTool", ["list-endpoints", ...at])
  await run("metrics", "org.apache.kafka.tools.ClientMetricsCommand", [...at, "--list"])
  await run("elect", "org.apache.kafka.tools.LeaderElectionCommand", [
    ...at,
    "--election-type",
    "preferred",
    "--topic",
    topic,
    "--partition",
    "0",
  ])
  await run("share", "org.apache.kafka.tools.consumer.ConsoleShareConsumer", [
    ...at,
    "--topic",
    topic,
    "--timeout-ms",
    "3000",
    "--group",
    "java-share",
  ])
  await run("share groups", "org.apache.kafka.tools.consumer.group.ShareGroupCommand", [
    ...at,
    "--describe",
    "--group",
    "java-share",
  ])
  await run("transactional", "org.apache.kafka.tools.ProducerPerformance", [
    "--topic",
    topic,
    "--num-records",
    "3",
    "--record-size",
    "10",
    "--throughput",
    "100",
    "--transactional-id",
    "java-tx",
    "--bootstrap-server",
    broker,
  ])
  await run("delete", topics, [...at, "--delete", "--topic", topic])
}

/** The clients by the name of their file. */
export const clients = { kafkajs, platformatic, kcat, librdkafka, java }
