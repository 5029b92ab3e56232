/** DeleteTopics, by name and by id. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DeleteTopicsResponse } from "../../../protocol/messages/delete-topics.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient } from "./admin-client.ts"
import { GroupClient } from "./group-client.ts"

const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
})
afterAll(() => world.close())

async function remove(version: number, body: object, by = admin) {
  const call = { timeoutMs: 1000, ...body }
  const reply = await by.client.call<DeleteTopicsResponse>(ApiKey.DeleteTopics, version, call)
  return reply.responses
}
const byName = (...names: (string | null)[]) => names.map((name) => ({ name, topicId: ZERO_ID }))
const byId = (...ids: string[]) => ids.map((topicId) => ({ name: null, topicId }))

describe("a topic is deleted", () => {
  it("by name in every version, and can be made again with another id", async () => {
    let lastId = ""
    for (let version = 1; version <= 6; version++) {
      const { topicId } = await admin.create("again")
      expect(topicId).not.toBe(lastId)
      lastId = topicId
      const body = version >= 6 ? { topics: byName("again") } : { topicNames: ["again"] }
      const [deleted] = await remove(version, body)
      expect(deleted).toMatchObject({ name: "again", errorCode: 0 })
    }
  })

  it("by id, and is named in the answer", async () => {
    const { topicId } = await admin.create("by-id")
    const [deleted] = await remove(6, { topics: byId(topicId) })
    expect(deleted).toEqual({ name: "by-id", topicId, errorCode: 0, errorMessage: null })
    expect(await remove(6, { topics: byId(topicId) })).toEqual([
      {
        name: null,
        topicId,
        errorCode: ErrorCode.UNKNOWN_TOPIC_ID,
        errorMessage: "This server does not host this topic ID.",
      },
    ])
  })

  it("with its records: a new one of its name is empty", async () => {
    await admin.create("full")
    await admin.produce("full", [1_704_067_200_000])
    await remove(5, { topicNames: ["full"] })
    await admin.create("full")
    expect(await admin.offset({ topic: "full", timestamp: -1 })).toMatchObject({ offset: 0 })
  })

  it("beside others that are refused", async () => {
    await admin.create("one")
    const answers = await remove(5, { topicNames: ["missing", "one"] })
    expect(answers.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      0,
    ])
  })
})

describe("deleting is refused", () => {
  const refusal = (errorMessage: string) => ({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage })

  it("when a topic is named twice, once for both, and it stays", async () => {
    const { topicId } = await admin.create("twice")
    const named = { name: "twice", topicId }
    expect(await remove(5, { topicNames: ["twice", "twice"] })).toMatchObject([
      { name: "twice", ...refusal("Duplicate topic name.") },
    ])
    expect(await remove(6, { topics: byId(topicId, topicId) })).toEqual([
      { ...named, ...refusal("Duplicate topic id.") },
    ])
    const both = [...byName("twice"), ...byId(topicId)]
    const text = "The provided topic name maps to an ID that was already supplied."
    expect(await remove(6, { topics: both })).toEqual([{ ...named, ...refusal(text) }])
    expect((await admin.create("twice")).errorCode).toBe(ErrorCode.TOPIC_ALREADY_EXISTS)
  })

  it("when an entry has both a name and an id, or neither", async () => {
    const { topicId } = await admin.create("both")
    expect(await remove(6, { topics: [{ name: "both", topicId }] })).toMatchObject([
      refusal("You may not specify both topic name and topic id."),
    ])
    expect(await remove(6, { topics: byName(null) })).toMatchObject([
      refusal("Neither topic name nor id were specified."),
    ])
  })

  it("for the broker's own topics", async () => {
    const client = new GroupClient(world)
    await client.createTopic()
    expect(await client.commit(0, 1)).toBe(ErrorCode.NONE)
    const [refused] = await remove(5, { topicNames: ["__consumer_offsets"] })
    expect(refused).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: "Deletion of internal topic __consumer_offsets is prohibited.",
    })
    expect(await client.committed(0)).toBe(1)
  })

  it("while delete.topic.enable is off", async () => {
    const guarded = await BrokerWorld.open({ config: { "delete.topic.enable": false } })
    const by = new AdminClient(guarded)
    await by.create("kept")
    const codes = []
    for (const version of [1, 2, 3, 5])
      codes.push((await remove(version, { topicNames: ["kept"] }, by))[0]!.errorCode)
    const { INVALID_REQUEST, TOPIC_DELETION_DISABLED } = ErrorCode
    expect(codes).toEqual([
      INVALID_REQUEST,
      INVALID_REQUEST,
      TOPIC_DELETION_DISABLED,
      TOPIC_DELETION_DISABLED,
    ])
    expect((await by.create("kept")).errorCode).toBe(ErrorCode.TOPIC_ALREADY_EXISTS)
    await guarded.close()
  })
})
