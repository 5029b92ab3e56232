/** OffsetFetch in all its shapes. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { OffsetFetchResponse } from "../../../protocol/messages/offset-fetch.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const fetchOffsets = ({ client }: GroupClient, version: number, body: object) =>
  client.call<OffsetFetchResponse>(ApiKey.OffsetFetch, version, body)

async function worldWithOffset() {
  const world = await openWorld()
  const client = new GroupClient(world)
  const topicId = await client.createTopic()
  await client.commit(0, 42, { metadata: "note" })
  return { world, client, topicId }
}

describe("OffsetFetch", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("finds what was committed in version %i", async (version) => {
    const { world, client } = await worldWithOffset()
    const topics = [{ name: "t", partitionIndexes: [0, 1] }]
    const reply = await fetchOffsets(client, version, { groupId: "g", topics })
    expect(reply).toMatchObject({
      errorCode: 0,
      topics: [
        {
          name: "t",
          partitions: [
            { partitionIndex: 0, committedOffset: 42, metadata: "note", errorCode: 0 },
            { partitionIndex: 1, committedOffset: -1, metadata: "", errorCode: 0 },
          ],
        },
      ],
    })
    await world.close()
  })

  it.each([2, 7])("lists everything when asked for null topics in version %i", async (version) => {
    const { world, client } = await worldWithOffset()
    const reply = await fetchOffsets(client, version, { groupId: "g", topics: null })
    expect(reply.topics).toMatchObject([{ name: "t", partitions: [{ committedOffset: 42 }] }])
    const nobody = await fetchOffsets(client, version, { groupId: "nobody", topics: null })
    expect(nobody).toMatchObject({ errorCode: 0, topics: [] })
    await world.close()
  })

  it.each([8, 9])("answers for several groups in version %i", async (version) => {
    const { world, client } = await worldWithOffset()
    const groups = [
      { groupId: "g", topics: null },
      { groupId: "nobody", topics: [{ name: "t", partitionIndexes: [0] }] },
    ]
    const reply = await fetchOffsets(client, version, { groups, requireStable: true })
    expect(reply.groups).toMatchObject([
      { groupId: "g", errorCode: 0, topics: [{ partitions: [{ committedOffset: 42 }] }] },
      { groupId: "nobody", errorCode: 0, topics: [{ partitions: [{ committedOffset: -1 }] }] },
    ])
    expect((await fetchOffsets(client, version, { groups: [] })).groups).toEqual([])
    await world.close()
  })

  it("knows topics by their id in version 10", async () => {
    const { world, client, topicId } = await worldWithOffset()
    const stranger = "AAAAAAAAAAAAAAAAAAAABQ"
    const topics = [
      { topicId, partitionIndexes: [0] },
      { topicId: stranger, partitionIndexes: [0] },
    ]
    const groups = [
      { groupId: "g", topics },
      { groupId: "g", topics: null },
    ]
    const reply = await fetchOffsets(client, 10, { groups })
    expect(reply.groups[0]?.topics).toMatchObject([
      { topicId, partitions: [{ committedOffset: 42, errorCode: 0 }] },
      { topicId: stranger, partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
    ])
    expect(reply.groups[1]?.topics).toMatchObject([{ topicId }])
    await world.close()
  })

  it("does not show an offset to the heir of a deleted topic's name", async () => {
    const { world, client } = await worldWithOffset()
    await client.client.call(ApiKey.DeleteTopics, 5, { topicNames: ["t"], timeoutMs: 1000 })
    await client.createTopic()
    expect(await client.committed(0)).toBe(-1)
    await world.close()
  })

  it("forgets the offsets of a deleted topic, for good", async () => {
    const { world, client } = await worldWithOffset()
    await client.client.call(ApiKey.DeleteTopics, 5, { topicNames: ["t"], timeoutMs: 1000 })
    const everything = { groupId: "g", topics: null }
    expect((await fetchOffsets(client, 7, everything)).topics).toEqual([])
    await world.restartAfter("crash")
    const after = new GroupClient(world)
    expect((await fetchOffsets(after, 7, everything)).topics).toEqual([])
    await world.close()
  })
})
