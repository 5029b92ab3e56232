/** OffsetCommit: who may, what is kept, what survives. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { OffsetCommitResponse } from "../../../protocol/messages/offset-commit.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const partition = (partitionIndex: number, committedOffset: number) => ({
  partitionIndex,
  committedOffset,
  committedMetadata: "",
})

describe("OffsetCommit", () => {
  it.each([2, 3, 4, 5, 6, 7, 8, 9])("keeps an offset in version %i", async (version) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    const topics = [{ name: "t", partitions: [partition(0, 42)] }]
    const body = { groupId: "g", memberId: "", topics }
    const reply = await client.client.call(ApiKey.OffsetCommit, version, body)
    expect(reply).toMatchObject({
      topics: [{ name: "t", partitions: [{ partitionIndex: 0, errorCode: 0 }] }],
    })
    expect(await client.committed(0)).toBe(42)
    await world.close()
  })

  it("knows topics by their id in version 10", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    const topicId = await client.createTopic()
    const stranger = "AAAAAAAAAAAAAAAAAAAABQ"
    const reply = await client.client.call<OffsetCommitResponse>(ApiKey.OffsetCommit, 10, {
      ...{ groupId: "g", memberId: "" },
      topics: [
        { topicId, partitions: [partition(0, 7), partition(99, 7)] },
        { topicId: stranger, partitions: [partition(0, 7)] },
      ],
    })
    expect(reply.topics).toMatchObject([
      {
        topicId,
        partitions: [{ errorCode: 0 }, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }],
      },
      { topicId: stranger, partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
    ])
    expect(await client.committed(0)).toBe(7)
    await world.close()
  })

  it("is refused to strangers while the group has members, and to other generations", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    const memberId = await client.enter()
    expect(await client.commit(0, 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(await client.commit(0, 1, { memberId, generationId: 3 })).toBe(
      ErrorCode.ILLEGAL_GENERATION,
    )
    expect(await client.commit(0, 5, { memberId, generationId: 1 })).toBe(ErrorCode.NONE)
    expect(await client.committed(0)).toBe(5)
    await world.close()
  })

  it("is a sign of life", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    const memberId = await client.enter()
    for (let count = 0; count < 3; count++) {
      await world.os.elapse(9000)
      expect(await client.commit(0, count, { memberId, generationId: 1 })).toBe(ErrorCode.NONE)
    }
    await world.close()
  })

  it("names an unknown group a stale generation, from version 9 on an unknown group", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    expect(await client.commit(0, 1, { memberId: "m", generationId: 1 })).toBe(
      ErrorCode.ILLEGAL_GENERATION,
    )
    const topics = [{ name: "t", partitions: [partition(0, 1)] }]
    const body = { groupId: "g", memberId: "m", generationIdOrMemberEpoch: 1, topics }
    const reply = await client.client.call<OffsetCommitResponse>(ApiKey.OffsetCommit, 9, body)
    expect(reply.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
    await world.close()
  })

  it("refuses unknown topics and metadata that is too long, partition by partition", async () => {
    const world = await openWorld({ "offset.metadata.max.bytes": 10 })
    const client = new GroupClient(world)
    await client.createTopic()
    const reply = await client.client.call<OffsetCommitResponse>(ApiKey.OffsetCommit, 8, {
      ...{ groupId: "g", memberId: "" },
      topics: [
        { name: "t", partitions: [{ ...partition(0, 1), committedMetadata: "x".repeat(11) }] },
        { name: "nothing", partitions: [partition(0, 1)] },
        { name: "t", partitions: [{ ...partition(0, 3), committedMetadata: "x".repeat(10) }] },
      ],
    })
    expect(reply.topics.map((topic) => topic.partitions[0]?.errorCode)).toEqual([
      ErrorCode.OFFSET_METADATA_TOO_LARGE,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ErrorCode.NONE,
    ])
    expect(await client.committed(0)).toBe(3)
    await world.close()
  })

  it.each(["close", "kill", "crash"] as const)("is there after a %s", async (end) => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    await client.commit(0, 11, { metadata: "note" })
    await client.commit(0, 12, { groupId: "another" })
    await world.restartAfter(end)
    const after = new GroupClient(world)
    expect(await after.committed(0)).toBe(11)
    expect(await after.committed(0, "another")).toBe(12)
    await world.close()
  })

  it("expires when the group has been empty for the time of retention", async () => {
    const world = await openWorld({
      "offsets.retention.minutes": 1,
      "offsets.retention.check.interval.ms": 1000,
    })
    const client = new GroupClient(world)
    await client.createTopic()
    await client.commit(0, 11)
    await world.os.elapse(58_000)
    expect(await client.committed(0)).toBe(11)
    await world.os.elapse(4000)
    expect(await client.committed(0)).toBe(-1)
    expect(await client.client.call(ApiKey.ListGroups, 4, {})).toMatchObject({ groups: [] })
    await world.close()
  })

  it("does not expire while a member reads the topic", async () => {
    const world = await openWorld({
      "offsets.retention.minutes": 1,
      "offsets.retention.check.interval.ms": 1000,
    })
    const client = new GroupClient(world)
    await client.createTopic()
    const memberId = await client.enter()
    await client.commit(0, 11, { memberId, generationId: 1 })
    for (let count = 0; count < 15; count++) {
      await world.os.elapse(9000)
      await client.heartbeat(memberId, 1)
    }
    expect(await client.committed(0)).toBe(11)
    await world.close()
  })
})
