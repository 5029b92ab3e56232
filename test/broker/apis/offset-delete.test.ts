/** OffsetDelete: only of topics that no member reads. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { OffsetDeleteResponse } from "../../../protocol/messages/offset-delete.ts"
import { GroupClient, openWorld } from "./group-client.ts"

const deleteOffset = ({ client }: GroupClient, name: string, groupId = "g") =>
  client.call<OffsetDeleteResponse>(ApiKey.OffsetDelete, 0, {
    ...{ groupId, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] },
  })

describe("OffsetDelete", () => {
  it("forgets an offset for good", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    await client.commit(0, 5)
    expect(await deleteOffset(client, "t")).toMatchObject({
      errorCode: 0,
      topics: [{ name: "t", partitions: [{ partitionIndex: 0, errorCode: 0 }] }],
    })
    await world.restartAfter("crash")
    expect(await new GroupClient(world).committed(0)).toBe(-1)
    await world.close()
  })

  it("refuses topics that members read, and topics that are not there", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    await client.createTopic("other")
    await client.enter()
    const codeOf = async (name: string) =>
      (await deleteOffset(client, name)).topics[0]?.partitions[0]?.errorCode
    expect(await codeOf("t")).toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
    expect(await codeOf("other")).toBe(ErrorCode.NONE)
    expect(await codeOf("nothing")).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    await world.close()
  })

  it("refuses groups that are not there, and groups of other kinds with members", async () => {
    const world = await openWorld()
    const client = new GroupClient(world)
    await client.createTopic()
    expect((await deleteOffset(client, "t")).errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
    expect((await deleteOffset(client, "t", "")).errorCode).toBe(ErrorCode.INVALID_GROUP_ID)
    await client.join(3, { protocolType: "connect" })
    expect((await deleteOffset(client, "t")).errorCode).toBe(ErrorCode.NON_EMPTY_GROUP)
    await world.close()
  })
})
