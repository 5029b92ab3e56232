/** OffsetForLeaderEpoch: where the records of a leader end. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { OffsetForLeaderEpochResponse } from "../../../protocol/messages/offset-for-leader-epoch.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient } from "./admin-client.ts"

const T0 = 1_704_067_200_000
let world: BrokerWorld
let admin: AdminClient
let epoch: number

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
  await admin.create("t")
  await admin.produce("t", [T0, T0, T0])
  epoch = (await admin.offset({ topic: "t", timestamp: -1 })).leaderEpoch
})
afterAll(() => world.close())

async function ask(more: object, version = 4, topic = "t") {
  const partition = { partition: 0, currentLeaderEpoch: -1, leaderEpoch: epoch, ...more }
  const body = { replicaId: -1, topics: [{ topic, partitions: [partition] }] }
  const key = ApiKey.OffsetForLeaderEpoch
  const reply = await admin.client.call<OffsetForLeaderEpochResponse>(key, version, body)
  return reply.topics[0]!.partitions[0]!
}
const nothing = { leaderEpoch: -1, endOffset: -1 }

describe("the end of an epoch", () => {
  it("of the present one is the end of the log, in every version", async () => {
    for (const version of [2, 3, 4])
      expect(await ask({}, version)).toMatchObject({
        errorCode: 0,
        partition: 0,
        leaderEpoch: epoch,
        endOffset: 3,
      })
  })

  it("of the first one in an empty partition is its start", async () => {
    await admin.create("empty")
    const found = await admin.offset({ topic: "empty", timestamp: -1 })
    expect(found).toMatchObject({ offset: 0, leaderEpoch: 0 })
    expect(await ask({ leaderEpoch: 0 }, 4, "empty")).toMatchObject({
      errorCode: 0,
      leaderEpoch: 0,
      endOffset: 0,
    })
  })

  it("of one yet to come, or of none: nothing", async () => {
    expect(await ask({ leaderEpoch: epoch + 5 })).toMatchObject({ errorCode: 0, ...nothing })
    expect(await ask({ leaderEpoch: -1 })).toMatchObject({ errorCode: 0, ...nothing })
  })

  it("is refused to a client that knows another leader, and for missing partitions", async () => {
    expect(await ask({ currentLeaderEpoch: epoch + 5 })).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH,
      ...nothing,
    })
    expect(await ask({ partition: 7 })).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      partition: 7,
      ...nothing,
    })
  })
})
