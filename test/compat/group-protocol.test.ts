/**
 * Groups in the bare protocol, version by version. Every expectation here also holds for Apache
 * Kafka 4.3 (run it with MILLRACE_COMPAT_BOOTSTRAP), so this is where behaviour is compared.
 */
import { ApiKey } from "../../protocol/apis.ts"
import { ErrorCode, errorName } from "../../protocol/errors.ts"
import { RawClient } from "../support/raw-client.ts"
import { subscription } from "../support/subscription.ts"
import { describeHouses } from "./support/house.ts"

// biome-ignore lint/suspicious/noExplicitAny: replies of many kinds, compared by shape
type Reply = any

describeHouses("group protocol", (server) => {
  const open: RawClient[] = []
  afterEach(() => {
    for (const client of open.splice(0)) client.socket.destroy()
  })

  /** A client and the calls of one group. */
  async function member(groupId: string) {
    const raw = await RawClient.connect(Number(server.bootstrap.split(":")[1]))
    open.push(raw)
    const call = (key: number, version: number, body: object): Promise<Reply> =>
      raw.call(key, version, body)
    return {
      raw,
      call,
      join: (version: number, fields: object = {}): Promise<Reply> =>
        call(ApiKey.JoinGroup, version, {
          ...{ groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000, memberId: "" },
          protocolType: "consumer",
          protocols: [{ name: "range", metadata: subscription("t") }],
          ...fields,
        }),
      sync: (version: number, fields: object): Promise<Reply> =>
        call(ApiKey.SyncGroup, version, { groupId, assignments: [], ...fields }),
      heartbeat: async (memberId: string, generationId: number, instance: string | null = null) => {
        const fields = { groupId, memberId, generationId, groupInstanceId: instance }
        return name((await call(ApiKey.Heartbeat, 4, fields)).errorCode)
      },
      leave: (version: number, fields: object): Promise<Reply> =>
        call(ApiKey.LeaveGroup, version, { groupId, ...fields }),
      commit: (version: number, fields: object): Promise<Reply> =>
        call(ApiKey.OffsetCommit, version, { groupId, memberId: "", ...fields }),
      fetch: (version: number, fields: object): Promise<Reply> =>
        call(ApiKey.OffsetFetch, version, fields),
      describe: async (version: number): Promise<Reply> =>
        (await call(ApiKey.DescribeGroups, version, { groups: [groupId] })).groups[0],
    }
  }

  const name = (code: number): string => errorName(code)
  const newGroup = () => server.newName("protocol")
  const partition = (committedOffset: number, committedMetadata: string | null = "") => ({
    partitionIndex: 0,
    committedOffset,
    committedMetadata,
  })

  async function topicId(topic: string): Promise<string> {
    const client = await member("none")
    const spec = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    const topics = [{ name: topic, ...spec }]
    await client.call(ApiKey.CreateTopics, 7, { topics, timeoutMs: 10_000 })
    for (;;) {
      const reply = await client.call(ApiKey.Metadata, 12, { topics: [{ name: topic }] })
      if (reply.topics[0].errorCode === 0) return reply.topics[0].topicId
    }
  }

  it("asks for the member id from version 4 on, and takes it in", async () => {
    const client = await member(newGroup())
    const first = await client.join(9)
    expect(name(first.errorCode)).toBe("MEMBER_ID_REQUIRED")
    expect(first).toMatchObject({ generationId: -1, leader: "", members: [] })
    expect(first.memberId).toMatch(/^raw-[0-9a-f-]{36}$/)
    const second = await client.join(9, { memberId: first.memberId })
    expect(second).toMatchObject({
      ...{ errorCode: 0, generationId: 1, leader: first.memberId, memberId: first.memberId },
      ...{ protocolType: "consumer", protocolName: "range", skipAssignment: false },
    })
  })

  it("refuses what is not valid", async () => {
    const client = await member(newGroup())
    const code = async (fields: object) => name((await client.join(5, fields)).errorCode)
    expect(await code({ groupId: "" })).toBe("INVALID_GROUP_ID")
    expect(await code({ sessionTimeoutMs: 10 })).toBe("INVALID_SESSION_TIMEOUT")
    expect(await code({ sessionTimeoutMs: 10_000_000 })).toBe("INVALID_SESSION_TIMEOUT")
    expect(await code({ memberId: "stranger" })).toBe("UNKNOWN_MEMBER_ID")
    expect(await code({ protocols: [] })).toBe("INCONSISTENT_GROUP_PROTOCOL")
    expect(await code({ protocolType: "" })).toBe("INCONSISTENT_GROUP_PROTOCOL")
  })

  it("goes through a life: join, sync, heartbeat, rebalance, leave", async () => {
    const groupId = newGroup()
    const one = await member(groupId)
    const joined = await one.join(3)
    const { memberId } = joined
    expect((await one.describe(5)).groupState).toBe("CompletingRebalance")
    expect(name((await one.sync(5, { memberId, generationId: 1 })).errorCode)).toBe(
      "INCONSISTENT_GROUP_PROTOCOL",
    )
    const protocol = { protocolType: "consumer", protocolName: "range" }
    const assignments = [{ memberId, assignment: Buffer.from("all") }]
    const synced = await one.sync(5, { memberId, generationId: 1, assignments, ...protocol })
    expect(synced).toEqual({
      ...{ throttleTimeMs: 0, errorCode: 0, ...protocol },
      assignment: Buffer.from("all"),
    })
    expect(await one.heartbeat(memberId, 1)).toBe("NONE")
    expect(await one.heartbeat(memberId, 2)).toBe("ILLEGAL_GENERATION")
    expect(await one.heartbeat("stranger", 1)).toBe("UNKNOWN_MEMBER_ID")
    expect((await one.describe(5)).members[0].memberAssignment).toEqual(Buffer.from("all"))

    const two = await member(groupId)
    const joining = two.join(3)
    while ((await one.heartbeat(memberId, 1)) === "NONE") await pause()
    expect(await one.heartbeat(memberId, 1)).toBe("REBALANCE_IN_PROGRESS")
    expect(name((await one.sync(3, { memberId, generationId: 1 })).errorCode)).toBe(
      "REBALANCE_IN_PROGRESS",
    )
    const again = await one.join(3, { memberId })
    expect(again).toMatchObject({ errorCode: 0, generationId: 2, leader: memberId })
    expect(again.members).toHaveLength(2)
    const other = await joining
    expect(other).toMatchObject({ errorCode: 0, generationId: 2, leader: memberId, members: [] })

    expect(await one.leave(3, { members: [{ memberId }, { memberId: "stranger" }] })).toMatchObject(
      {
        errorCode: 0,
        members: [{ errorCode: 0 }, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
      },
    )
    expect((await two.leave(0, { memberId: other.memberId })).errorCode).toBe(0)
    expect(await one.describe(5)).toMatchObject({
      ...{ errorCode: 0, groupState: "Empty", protocolType: "consumer", members: [] },
    })
  })

  it("keeps a static member's place, fences its former process, lets it be removed", async () => {
    const groupId = newGroup()
    const one = await member(groupId)
    const groupInstanceId = "one"
    const joined = await one.join(9, { groupInstanceId })
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1 })
    const protocol = { protocolType: "consumer", protocolName: "range" }
    const who = { memberId: joined.memberId, groupInstanceId, generationId: 1, ...protocol }
    const assignments = [{ memberId: joined.memberId, assignment: Buffer.from("all") }]
    await one.sync(5, { ...who, assignments })
    const back = await one.join(9, { groupInstanceId })
    expect(back).toMatchObject({ errorCode: 0, generationId: 1, skipAssignment: true })
    expect(back.leader).toBe(back.memberId)
    expect(back.members).toHaveLength(1)
    expect(await one.heartbeat(joined.memberId, 1, groupInstanceId)).toBe("FENCED_INSTANCE_ID")
    expect(name((await one.sync(5, who)).errorCode)).toBe("FENCED_INSTANCE_ID")
    expect(name((await one.join(9, { ...who })).errorCode)).toBe("FENCED_INSTANCE_ID")
    const synced = await one.sync(5, { ...who, memberId: back.memberId })
    expect(synced.assignment).toEqual(Buffer.from("all"))
    const old = await one.join(5, { groupInstanceId })
    expect(old).toMatchObject({ errorCode: 0, generationId: 1, leader: back.memberId, members: [] })
    const members = [{ memberId: "", groupInstanceId }]
    expect((await one.leave(5, { members })).members).toMatchObject([
      { memberId: "", groupInstanceId, errorCode: 0 },
    ])
  })

  it("commits and fetches offsets by every rule", async () => {
    const topic = server.newName("t")
    const id = await topicId(topic)
    const groupId = newGroup()
    const client = await member(groupId)
    const codes = (reply: Reply) =>
      reply.topics.flatMap((one: Reply) => one.partitions.map((p: Reply) => name(p.errorCode)))
    const topics = [{ name: topic, partitions: [partition(5, "note")] }]
    const stale = { memberId: "m", generationIdOrMemberEpoch: 3, topics }
    expect(codes(await client.commit(8, stale))).toEqual(["ILLEGAL_GENERATION"])
    expect(codes(await client.commit(9, stale))).toEqual(["GROUP_ID_NOT_FOUND"])
    const missing = [{ name: server.newName("none"), partitions: [partition(1)] }]
    expect(codes(await client.commit(8, { topics: missing }))).toEqual([
      "UNKNOWN_TOPIC_OR_PARTITION",
    ])
    const long = [{ name: topic, partitions: [partition(1, "x".repeat(5000))] }]
    expect(codes(await client.commit(8, { topics: long }))).toEqual(["OFFSET_METADATA_TOO_LARGE"])
    expect(codes(await client.commit(2, { topics }))).toEqual(["NONE"])
    const unknownId = [{ topicId: "AAAAAAAAAAAAAAAAAAAABQ", partitions: [partition(1)] }]
    expect(codes(await client.commit(10, { topics: unknownId }))).toEqual(["UNKNOWN_TOPIC_ID"])

    const committed = { partitionIndex: 0, committedOffset: 5, metadata: "note", errorCode: 0 }
    const nothing = { partitionIndex: 1, committedOffset: -1, metadata: "", errorCode: 0 }
    const wanted = [{ name: topic, partitionIndexes: [0, 1] }]
    for (const version of [1, 2, 5, 7]) {
      const reply = await client.fetch(version, { groupId, topics: wanted })
      expect(reply.topics).toMatchObject([{ name: topic, partitions: [committed, nothing] }])
    }
    const all = await client.fetch(7, { groupId, topics: null })
    expect(all.topics).toMatchObject([{ name: topic, partitions: [committed] }])
    const byId = [{ topicId: id, partitionIndexes: [0] }]
    const groups = [
      { groupId, topics: byId },
      { groupId: newGroup(), topics: null },
      { groupId, topics: unknownId.map(({ topicId }) => ({ topicId, partitionIndexes: [0] })) },
    ]
    const several = await client.fetch(10, { groups, requireStable: true })
    expect(several.groups[0].topics).toMatchObject([{ topicId: id, partitions: [committed] }])
    expect(several.groups[1]).toMatchObject({ errorCode: 0, topics: [] })
    expect(name(several.groups[2].topics[0].partitions[0].errorCode)).toBe("UNKNOWN_TOPIC_ID")

    const { memberId } = await client.join(3)
    expect(codes(await client.commit(8, { topics }))).toEqual(["UNKNOWN_MEMBER_ID"])
    const mine = { memberId, generationIdOrMemberEpoch: 1, topics }
    expect(codes(await client.commit(8, mine))).toEqual(["REBALANCE_IN_PROGRESS"])
    await client.sync(3, { memberId, generationId: 1 })
    expect(codes(await client.commit(8, mine))).toEqual(["NONE"])
  })

  it("describes, lists and deletes groups by every rule", async () => {
    const topic = server.newName("t")
    await topicId(topic)
    const groupId = newGroup()
    const client = await member(groupId)
    expect(await client.describe(5)).toMatchObject({ errorCode: 0, groupState: "Dead" })
    expect(await client.describe(6)).toMatchObject({
      errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
      errorMessage: `Group ${groupId} not found.`,
      groupState: "Dead",
    })
    await client.commit(8, { topics: [{ name: topic, partitions: [partition(1)] }] })
    const listed = async (filter: object) => {
      const { groups } = await client.call(ApiKey.ListGroups, 5, filter)
      return groups.find((one: Reply) => one.groupId === groupId)
    }
    const offsetsOnly = { groupId, protocolType: "", groupState: "Empty", groupType: "classic" }
    expect(await listed({})).toEqual(offsetsOnly)
    expect(await listed({ statesFilter: ["empty"], typesFilter: ["CLASSIC"] })).toBeDefined()
    expect(await listed({ statesFilter: ["Stable"] })).toBeUndefined()
    expect(await listed({ typesFilter: ["consumer"] })).toBeUndefined()
    const { memberId } = await client.join(3, {
      protocols: [{ name: "range", metadata: subscription(topic) }],
    })
    await client.sync(3, { memberId, generationId: 1 })
    const asked = { groups: [groupId], includeAuthorizedOperations: true }
    const [described] = (await client.call(ApiKey.DescribeGroups, 5, asked)).groups
    expect(described).toMatchObject({
      ...{ groupState: "Stable", protocolType: "consumer", protocolData: "range" },
      authorizedOperations: 0b110101001000,
    })
    expect(described.members[0]).toMatchObject({ memberId, clientId: "raw" })
    expect(described.members[0].clientHost).toBe("/127.0.0.1")

    const remove = async () => {
      const reply = await client.call(ApiKey.DeleteGroups, 2, { groupsNames: [groupId] })
      return name(reply.results[0].errorCode)
    }
    const removeOffset = async (topicName: string) => {
      const topics = [{ name: topicName, partitions: [{ partitionIndex: 0 }] }]
      const reply = await client.call(ApiKey.OffsetDelete, 0, { groupId, topics })
      return name(reply.errorCode || reply.topics[0].partitions[0].errorCode)
    }
    expect(await remove()).toBe("NON_EMPTY_GROUP")
    expect(await removeOffset(topic)).toBe("GROUP_SUBSCRIBED_TO_TOPIC")
    expect(await removeOffset("not-there")).toBe("UNKNOWN_TOPIC_OR_PARTITION")
    await client.leave(3, { members: [{ memberId }] })
    expect(await removeOffset(topic)).toBe("NONE")
    expect(await remove()).toBe("NONE")
    expect(await remove()).toBe("GROUP_ID_NOT_FOUND")
    expect(await removeOffset(topic)).toBe("GROUP_ID_NOT_FOUND")
  })
})

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
