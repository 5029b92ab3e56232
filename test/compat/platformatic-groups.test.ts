/** @platformatic/kafka in groups and as an administrator. */
import { describeHouses } from "./support/house.ts"
import { Platformatic, text } from "./support/platformatic.ts"

const PARTITIONS = 4

interface DescribedGroup {
  state: string
  protocolType: string
  members: Map<string, { clientId: string; groupInstanceId: string | null }>
}

describeHouses("@platformatic/kafka groups", (server) => {
  let client: Platformatic
  beforeEach(() => {
    client = new Platformatic(server)
  })
  afterEach(() => client.end())

  async function filledTopic(count = 40): Promise<string> {
    const topic = await client.createTopic(server.newName("group-topic"), PARTITIONS)
    const messages = Array.from({ length: count }, (_, index) => ({
      value: Buffer.from(String(index)),
      partition: index % PARTITIONS,
    }))
    await client.send(topic, messages)
    return topic
  }

  const partitionsOf = (assignments: { partitions: number[] }[]) =>
    assignments.flatMap(({ partitions }) => partitions).sort()

  /** Waits until this consumer is assigned so many partitions. */
  async function assignedCount(id: number, count: number): Promise<number[]> {
    for (let join = 1; ; join++) {
      const partitions = partitionsOf(await client.assigned(id, join))
      if (partitions.length === count) return partitions
    }
  }

  it("share partitions when a second member joins, and take them back when it leaves", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const first = await client.open(groupId, { topics: [topic] })
    expect(await assignedCount(first, PARTITIONS)).toEqual([0, 1, 2, 3])
    const second = await client.open(groupId, { topics: [topic] })
    const halves = [await assignedCount(first, 2), await assignedCount(second, 2)]
    expect(halves.flat().sort()).toEqual([0, 1, 2, 3])
    const before = await client.joinCount(first)
    await client.close(second)
    expect(partitionsOf(await client.assigned(first, before + 1))).toEqual([0, 1, 2, 3])
  })

  it("keep a static member's place while it restarts", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const options = { groupInstanceId: "one" }
    const first = await client.open(groupId, { topics: [topic] }, options)
    await client.assigned(first, 1)
    const groups = await client.admin<Map<string, DescribedGroup>>("describeGroups", {
      groups: [groupId],
    })
    const [member] = [...groups.get(groupId)!.members.values()]
    expect(member).toMatchObject({ clientId: "compat", groupInstanceId: "one" })
    const again = await client.open(groupId, { topics: [topic] }, options)
    expect(partitionsOf(await client.assigned(again, 1))).toEqual([0, 1, 2, 3])
  })

  it("resume behind what was committed", async () => {
    const topic = await client.createTopic(server.newName("resume"))
    const messages = Array.from({ length: 20 }, (_, index) => ({ value: Buffer.from(`${index}`) }))
    await client.send(topic, messages)
    const groupId = server.newName("group")
    const first = await client.open(groupId, { topics: [topic], autocommit: false })
    await client.read(first, 20)
    await client.consumer(first, "commit", {
      offsets: [{ topic, partition: 0, offset: 4n, leaderEpoch: 0 }],
    })
    const committed = await client.consumer<Map<string, bigint[]>>(first, "listCommittedOffsets", {
      topics: [{ topic, partitions: [0] }],
    })
    const next = committed.get(topic)![0]!
    await client.close(first)
    const stream = { topics: [topic], mode: "committed" }
    const second = await client.open(groupId, stream)
    const [record] = await client.read(second, 1)
    expect(record!.offset).toBe(next)
    expect([4n, 5n]).toContain(next)
  })

  it("are listed, described and deleted, with their offsets", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const id = await client.open(groupId, { topics: [topic] })
    await client.read(id, 40)
    const described = await client.admin<Map<string, DescribedGroup>>("describeGroups", {
      groups: [groupId],
    })
    expect(described.get(groupId)).toMatchObject({ state: "STABLE", protocolType: "consumer" })
    await expect(client.admin("deleteGroups", { groups: [groupId] })).rejects.toThrow(/NON_EMPTY/)
    await client.close(id)
    const groups = await client.admin<Map<string, object>>("listGroups", {})
    expect(groups.get(groupId)).toMatchObject({ state: "EMPTY" })
    const offsets = [{ partition: 0, offset: 3n }]
    await client.admin("alterConsumerGroupOffsets", {
      groupId,
      topics: [{ name: topic, partitionOffsets: offsets }],
    })
    const listed = await client.admin<{ topics: { partitions: object[] }[] }[]>(
      "listConsumerGroupOffsets",
      { groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }] },
    )
    expect(listed[0]?.topics[0]?.partitions[0]).toMatchObject({ committedOffset: 3n })
    const removal = { groupId, topics: [{ name: topic, partitionIndexes: [0] }] }
    await client.admin("deleteConsumerGroupOffsets", removal)
    await client.admin("deleteGroups", { groups: [groupId] })
    expect((await client.admin<Map<string, object>>("listGroups", {})).has(groupId)).toBe(false)
  })

  it("removes members from outside", async () => {
    const topic = await filledTopic()
    const groupId = server.newName("group")
    const id = await client.open(groupId, { topics: [topic] })
    const before = await client.joinCount(id)
    await client.admin("removeMembersFromConsumerGroup", { groupId, members: null })
    // Its next heartbeat tells the consumer, which joins again.
    expect(partitionsOf(await client.assigned(id, before + 1))).toEqual([0, 1, 2, 3])
  })

  it("creates, enlarges, lists and deletes topics", async () => {
    const topic = await client.createTopic(server.newName("topic"), 2)
    const assignments = Array.from({ length: 3 }, () => ({ brokerIds: [1] }))
    await client.admin("createPartitions", { topics: [{ name: topic, count: 5, assignments }] })
    const messages = [{ value: Buffer.from("in the last one"), partition: 4 }]
    await client.send(topic, messages)
    const [record] = await client.consume(topic, 1)
    expect([record?.partition, text(record?.value)]).toEqual([4, "in the last one"])
    expect(await client.admin<string[]>("listTopics")).toContain(topic)
    await expect(client.createTopic(topic)).rejects.toThrow(/TOPIC_ALREADY_EXISTS/)
    await client.admin("deleteTopics", { topics: [topic] })
    expect(await client.admin<string[]>("listTopics")).not.toContain(topic)
  })
})
