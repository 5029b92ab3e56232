/** ListOffsets: timestamps and the instants below zero, as Apache Kafka 4.3.1 answers them. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { ListOffsetsResponse } from "../../../protocol/messages/list-offsets.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient } from "./admin-client.ts"

const T0 = 1_704_067_200_000
const [LATEST, EARLIEST, MAX, LOCAL, TIERED, PENDING] = [-1, -2, -3, -4, -5, -6] as const
const READ_COMMITTED = 1
let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
  await admin.create("t", { numPartitions: 2 })
  await admin.produce("t", [T0 + 100, T0 + 300, T0 + 200])
  await admin.produce("t", [T0 + 250])
})
afterAll(() => world.close())

const at = (timestamp: number) => admin.offset({ topic: "t", timestamp })

describe("an offset", () => {
  it("for the end and the start, without timestamp and with the leader epoch", async () => {
    const { leaderEpoch } = await at(LATEST)
    expect(leaderEpoch).toBeGreaterThanOrEqual(0)
    const common = { errorCode: 0, timestamp: -1, leaderEpoch }
    expect(await at(LATEST)).toMatchObject({ ...common, offset: 4 })
    expect(await at(EARLIEST)).toMatchObject({ ...common, offset: 0 })
    expect(await at(LOCAL)).toMatchObject({ ...common, offset: 0 })
  })

  it("for a timestamp is that of the first record not before it", async () => {
    expect(await at(0)).toMatchObject({ offset: 0, timestamp: T0 + 100 })
    expect(await at(T0 + 100)).toMatchObject({ offset: 0, timestamp: T0 + 100 })
    expect(await at(T0 + 101)).toMatchObject({ offset: 1, timestamp: T0 + 300 })
    expect(await at(T0 + 300)).toMatchObject({ offset: 1, timestamp: T0 + 300 })
  })

  it("for a timestamp after all records: none", async () => {
    const none = { errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 }
    expect(await at(T0 + 301)).toMatchObject(none)
  })

  it("of the largest timestamp", async () => {
    expect(await at(MAX)).toMatchObject({ errorCode: 0, offset: 1, timestamp: T0 + 300 })
  })

  it("of tiered data: none, since there is none", async () => {
    for (const timestamp of [TIERED, PENDING])
      expect(await at(timestamp)).toMatchObject({ errorCode: 0, offset: -1, leaderEpoch: -1 })
  })

  it("in an empty partition: its start and end are 0, the rest is none", async () => {
    const empty = async (timestamp: number) => {
      const found = await admin.offset({ topic: "t", timestamp, partition: 1 })
      return [found.errorCode, found.offset, found.leaderEpoch]
    }
    expect(await empty(LATEST)).toEqual([0, 0, 0])
    expect(await empty(EARLIEST)).toEqual([0, 0, 0])
    expect(await empty(MAX)).toEqual([0, -1, -1])
    expect(await empty(T0)).toEqual([0, -1, -1])
  })

  it("for readers of committed records ends at the last stable offset", async () => {
    const asked = { topic: "t", timestamp: LATEST }
    const committed = await admin.offset(asked, { isolationLevel: READ_COMMITTED })
    expect(committed).toMatchObject({ errorCode: 0, offset: 4 })
  })

  it("in every version", async () => {
    for (let version = 1; version <= 11; version++) {
      const found = await admin.offset({ topic: "t", timestamp: LATEST }, { version })
      expect(found).toMatchObject({ errorCode: 0, offset: 4 })
      if (version < 4) expect(found.leaderEpoch).toBe(-1)
    }
  })
})

describe("an instant below zero has a meaning", () => {
  it.each([
    [MAX, 7],
    [LOCAL, 8],
    [TIERED, 9],
    [PENDING, 11],
  ])("%d: from version %d on", async (timestamp, since) => {
    for (let version = 1; version <= 11; version++) {
      const { errorCode } = await admin.offset({ topic: "t", timestamp }, { version })
      expect([version, errorCode]).toEqual([
        version,
        version >= since ? 0 : ErrorCode.UNSUPPORTED_VERSION,
      ])
    }
  })

  it("-7 and below: never", async () => {
    for (const timestamp of [-7, -100])
      expect((await at(timestamp)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  })
})

describe("asking is refused", () => {
  it("for partitions that do not exist", async () => {
    const code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const partition = 99
    expect((await admin.offset({ topic: "t", timestamp: -1, partition })).errorCode).toBe(code)
    expect((await admin.offset({ topic: "zz", timestamp: -1 })).errorCode).toBe(code)
  })

  it("by a client that knows an older or a newer leader", async () => {
    const { leaderEpoch } = await at(LATEST)
    const asked = { topic: "t", timestamp: LATEST }
    const knowing = (currentLeaderEpoch: number) => admin.offset({ ...asked, currentLeaderEpoch })
    expect((await knowing(leaderEpoch)).errorCode).toBe(0)
    expect((await knowing(leaderEpoch + 1)).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    await world.restartAfter("close")
    admin = new AdminClient(world)
    const now = (await at(LATEST)).leaderEpoch
    if (now > leaderEpoch)
      expect((await knowing(leaderEpoch)).errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH)
  })

  it("for a partition that stands twice in the request, not for the others", async () => {
    const partitions = [0, 0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }))
    const body = { replicaId: -1, topics: [{ name: "t", partitions }] }
    const reply = await admin.client.call<ListOffsetsResponse>(ApiKey.ListOffsets, 7, body)
    const answers = reply.topics[0]!.partitions.map((p) => [p.partitionIndex, p.errorCode])
    const code = ErrorCode.INVALID_REQUEST
    expect(answers).toEqual([
      [0, code],
      [0, code],
      [1, 0],
    ])
  })
})
