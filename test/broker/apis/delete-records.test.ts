/** DeleteRecords: moving the start of a log. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DeleteRecordsResponse } from "../../../protocol/messages/delete-records.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient } from "./admin-client.ts"

const T0 = 1_704_067_200_000
const HIGH_WATERMARK = -1
let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
  await admin.create("t")
  await admin.create("compacted", { configs: { "cleanup.policy": "compact" } })
  for (let batch = 0; batch < 3; batch++) await admin.produce("t", [T0, T0])
})
afterAll(() => world.close())

async function deleteBefore(offset: number, name = "t", partitionIndex = 0, version = 2) {
  const body = { topics: [{ name, partitions: [{ partitionIndex, offset }] }], timeoutMs: 1000 }
  const key = ApiKey.DeleteRecords
  const reply = await admin.client.call<DeleteRecordsResponse>(key, version, body)
  const { lowWatermark, errorCode } = reply.topics[0]!.partitions[0]!
  return [errorCode, lowWatermark]
}
const start = async () => (await admin.offset({ topic: "t", timestamp: -2 })).offset

describe("records before an offset", () => {
  it("are gone, also from the middle of a batch, in every version", async () => {
    for (const [version, offset] of [1, 2, 3].entries()) {
      expect(await deleteBefore(offset, "t", 0, version)).toEqual([0, offset])
      expect(await start()).toBe(offset)
    }
  })

  it("before the start already: nothing happens", async () => {
    expect(await deleteBefore(0)).toEqual([0, 3])
    expect(await start()).toBe(3)
  })

  it("stay gone after a crash, once the checkpoint of the start was written", async () => {
    await deleteBefore(4)
    await world.os.elapse(5000)
    await world.restartAfter("crash")
    admin = new AdminClient(world)
    expect(await start()).toBe(4)
  })

  it("-1: all that can be read", async () => {
    expect(await deleteBefore(HIGH_WATERMARK)).toEqual([0, 6])
    expect(await start()).toBe(6)
    await admin.produce("t", [T0])
    expect((await admin.offset({ topic: "t", timestamp: -1 })).offset).toBe(7)
  })
})

describe("deleting records is refused", () => {
  it("beyond what can be read, and below zero", async () => {
    const refused = [ErrorCode.OFFSET_OUT_OF_RANGE, -1]
    expect(await deleteBefore(1000)).toEqual(refused)
    expect(await deleteBefore(-2)).toEqual(refused)
  })

  it("for partitions that do not exist", async () => {
    const refused = [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1]
    expect(await deleteBefore(0, "t", 9)).toEqual(refused)
    expect(await deleteBefore(0, "zz")).toEqual(refused)
  })

  it("where compaction alone decides", async () => {
    expect(await deleteBefore(0, "compacted")).toEqual([ErrorCode.POLICY_VIOLATION, -1])
  })
})
