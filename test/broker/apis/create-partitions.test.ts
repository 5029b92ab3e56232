/** CreatePartitions: growing a topic, and the ways in which it cannot grow. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient } from "./admin-client.ts"

let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
  await admin.create("t", { numPartitions: 2 })
})
afterAll(() => world.close())

const lastPartitionError = async (partition: number) =>
  (await admin.offset({ topic: "t", timestamp: -1, partition })).errorCode

describe("a topic grows", () => {
  it("to the asked number, and its new partitions can be written", async () => {
    expect(await lastPartitionError(2)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const [grown] = await admin.createPartitions([{ name: "t", count: 3 }])
    expect(grown).toEqual({ name: "t", errorCode: 0, errorMessage: null })
    await admin.produce("t", [1_704_067_200_000], 2)
  })

  it("by assignments to this broker", async () => {
    const assignments = [{ brokerIds: [1] }]
    const [grown] = await admin.createPartitions([{ name: "t", count: 4, assignments }])
    expect(grown!.errorCode).toBe(0)
    expect(await lastPartitionError(3)).toBe(0)
  })

  it("not when only checking", async () => {
    const [checked] = await admin.createPartitions([{ name: "t", count: 9 }], true)
    expect(checked!.errorCode).toBe(0)
    expect(await lastPartitionError(4)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe("growing is refused", () => {
  const { INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT } = ErrorCode
  it.each([
    [{ count: 4 }, INVALID_PARTITIONS, "Topic already has 4 partition(s)."],
    [
      { count: 3 },
      INVALID_PARTITIONS,
      "The topic t currently has 4 partition(s); 3 would not be an increase.",
    ],
    [
      { count: -1 },
      INVALID_PARTITIONS,
      "The topic t currently has 4 partition(s); -1 would not be an increase.",
    ],
    [
      { count: 100_000_000 },
      INVALID_PARTITIONS,
      "100000000 partitions are beyond max.partitions.per.topic=10000.",
    ],
    [
      { count: 5, assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] },
      INVALID_REPLICA_ASSIGNMENT,
      "Attempted to add 1 additional partition(s), but only 2 assignment(s) were specified.",
    ],
    [
      { count: 5, assignments: [{ brokerIds: [7] }] },
      INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes broker 7, but no such broker is registered.",
    ],
  ])("%j", async (asked, errorCode, errorMessage) => {
    const [refused] = await admin.createPartitions([{ name: "t", ...asked }])
    expect(refused).toEqual({ name: "t", errorCode, errorMessage })
  })

  it("for a topic that does not exist", async () => {
    const [refused] = await admin.createPartitions([{ name: "missing", count: 2 }])
    expect(refused!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it("for a topic named twice, once for both", async () => {
    const asked = [5, 6].map((count) => ({ name: "t", count }))
    const results = await admin.createPartitions(asked)
    expect(results).toEqual([
      {
        name: "t",
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage: "Duplicate topic name.",
      },
    ])
  })
})
