/** KafkaJS consumers in groups: rebalances, commits, seeks. */
import type { Consumer } from "kafkajs"
import { ApiKey } from "../../protocol/apis.ts"
import type { JoinGroupResponse } from "../../protocol/messages/join-group.ts"
import { RawClient } from "../support/raw-client.ts"
import { subscription } from "../support/subscription.ts"
import { describeHouses, type Server } from "./support/house.ts"
import { collect, joined, KafkaJsClients } from "./support/kafkajs.ts"

const PARTITIONS = 4

describeHouses("KafkaJS groups", (server) => {
  let clients: KafkaJsClients
  beforeEach(() => {
    clients = new KafkaJsClients(server)
  })
  afterEach(() => clients.close())

  /** Subscribes and runs; records go to `values`. Resolves once it is in the group. */
  async function start(consumer: Consumer, topic: string, values: string[] = []) {
    await consumer.subscribe({ topic, fromBeginning: true })
    const assigned = joined(consumer)
    await consumer.run({
      eachMessage: async ({ message }) => void values.push(message.value!.toString()),
    })
    return assigned
  }

  /** A topic with ten records in each partition. */
  async function filledTopic(): Promise<string> {
    const topic = await clients.createTopic(server.newName("group-topic"), PARTITIONS)
    const messages = Array.from({ length: 10 * PARTITIONS }, (_, index) => ({
      value: String(index),
      partition: index % PARTITIONS,
    }))
    await clients.produce(topic, messages)
    return topic
  }

  it("share partitions when a second member joins, and take them back when it leaves", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const first = await clients.consumer({ groupId })
    expect((await start(first, topic))[topic]).toHaveLength(PARTITIONS)

    const shared = joined(first)
    const second = await clients.consumer({ groupId })
    const half = await start(second, topic)
    const other = await shared
    expect([...(half[topic] ?? []), ...(other[topic] ?? [])].sort()).toEqual([0, 1, 2, 3])
    expect(half[topic]).toHaveLength(2)

    const alone = joined(first)
    await second.disconnect()
    expect((await alone)[topic]).toHaveLength(PARTITIONS)
  })

  it("deliver every record to one member only", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const [first, second]: [string[], string[]] = [[], []]
    const one = await clients.consumer({ groupId })
    const two = await clients.consumer({ groupId })
    await Promise.all([start(one, topic, first), start(two, topic, second)])
    const producer = await clients.producer()
    for (let index = 0; index < 40; index++) {
      const message = { value: `late-${index}`, partition: index % PARTITIONS }
      await producer.send({ topic, messages: [message] })
    }
    const late = () => [...first, ...second].filter((value) => value.startsWith("late-"))
    while (late().length < 40) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(new Set(late()).size).toBe(40)
  })

  it("resume behind what was committed", async () => {
    const topic = await clients.createTopic(server.newName("resume"))
    const values = Array.from({ length: 20 }, (_, index) => ({ value: String(index) }))
    await clients.produce(topic, values)
    const groupId = server.newName("group")
    const first = await clients.consumer({ groupId })
    await first.subscribe({ topic, fromBeginning: true })
    await collect(first, 20, { autoCommit: false })
    await first.commitOffsets([{ topic, partition: 0, offset: "5", metadata: "so far" }])
    await first.disconnect()
    const admin = await clients.admin()
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    expect(committed?.partitions).toEqual([{ partition: 0, offset: "5", metadata: "so far" }])
    const second = await clients.consumer({ groupId })
    await second.subscribe({ topic, fromBeginning: true })
    const rest = await collect(second, 15)
    expect(rest.map(({ offset }) => offset)).toEqual([...Array(20).keys()].slice(5))
  })

  it("commit by themselves and go on there", async () => {
    const topic = await clients.createTopic(server.newName("automatic"))
    await clients.produce(topic, [{ value: "0" }, { value: "1" }])
    const groupId = server.newName("group")
    const first = await clients.consumer({ groupId })
    await first.subscribe({ topic, fromBeginning: true })
    await collect(first, 2)
    await first.disconnect()
    await clients.produce(topic, [{ value: "2" }])
    const second = await clients.consumer({ groupId })
    await second.subscribe({ topic, fromBeginning: true })
    const [next] = await collect(second, 1)
    expect(next?.value?.toString()).toBe("2")
  })

  it("seek by timestamp", async () => {
    const topic = await clients.createTopic(server.newName("seek"))
    const base = Date.now() - 600_000
    const messages = Array.from({ length: 10 }, (_, index) => ({
      value: String(index),
      timestamp: String(base + index * 1000),
    }))
    const producer = await clients.producer()
    for (const message of messages) await producer.send({ topic, messages: [message] })
    const admin = await clients.admin()
    const [found] = await admin.fetchTopicOffsetsByTimestamp(topic, base + 6500)
    expect(found).toMatchObject({ partition: 0, offset: "7" })
    const consumer = await clients.consumer({ groupId: server.newName("group") })
    await consumer.subscribe({ topic, fromBeginning: true })
    const reading = collect(consumer, 3)
    consumer.seek({ topic, partition: 0, offset: found!.offset })
    const received = await reading
    expect(received.slice(-3).map(({ value }) => value?.toString())).toEqual(["7", "8", "9"])
  })

  it("are described with their members", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    await start(await clients.consumer({ groupId }), topic)
    const admin = await clients.admin()
    const { groups } = await admin.describeGroups([groupId])
    expect(groups[0]).toMatchObject({
      errorCode: 0,
      groupId,
      state: "Stable",
      protocolType: "consumer",
      protocol: "RoundRobinAssigner",
    })
    expect(groups[0]?.members).toHaveLength(1)
    expect(groups[0]?.members[0]?.memberId).toMatch(/^compat-/)
    expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: "consumer" })
  })

  it("go on when a member vanishes without a word", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const first = await clients.consumer({ groupId, sessionTimeout: 6000 })
    await start(first, topic)
    const shared = joined(first)
    const { newcomer, memberId } = await rawMember(server, groupId, topic)
    await shared
    newcomer.socket.destroy()
    const alone = await joined(first)
    expect(alone[topic]).toHaveLength(PARTITIONS)
    const admin = await clients.admin()
    const { groups } = await admin.describeGroups([groupId])
    expect(groups[0]?.members.map((member) => member.memberId)).not.toContain(memberId)
  })
})

/** A member that speaks the bare protocol, so that it can leave without a word. */
async function rawMember(server: Server, groupId: string, topic: string) {
  const newcomer = await RawClient.connect(Number(server.bootstrap.split(":")[1]))
  const { memberId } = await newcomer.call<JoinGroupResponse>(ApiKey.JoinGroup, 3, {
    ...{ groupId, memberId: "", protocolType: "consumer" },
    ...{ sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000 },
    protocols: [{ name: "RoundRobinAssigner", metadata: subscription(topic) }],
  })
  return { newcomer, memberId }
}
