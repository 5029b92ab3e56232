/** Every start leads under a new epoch, and everything a client can ask about epochs says so. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { FetchResponse } from "../../../protocol/messages/fetch.ts"
import type { ListOffsetsResponse } from "../../../protocol/messages/list-offsets.ts"
import type { MetadataResponse } from "../../../protocol/messages/metadata.ts"
import type { OffsetForLeaderEpochResponse } from "../../../protocol/messages/offset-for-leader-epoch.ts"
import type { ProduceResponse } from "../../../protocol/messages/produce.ts"
import { leaderEpoch as epochOfBatch } from "../../../protocol/records/batch.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { batchOf, fetchBody, produceBody, valuesIn } from "../../support/record-batches.ts"

const UNKNOWN = { leaderEpoch: -1, endOffset: -1 }

async function append(world: BrokerWorld, value: string, acks = -1): Promise<number> {
  const body = produceBody("t", batchOf([value]), { acks })
  const reply = await world.connect().call<ProduceResponse>(ApiKey.Produce, 9, body)
  const { errorCode, baseOffset } = reply.responses[0]!.partitionResponses[0]!
  expect(errorCode).toBe(ErrorCode.NONE)
  return baseOffset
}

/** The epoch of partition t-0 that clients are told; makes the topic. */
async function toldEpoch(world: BrokerWorld): Promise<number> {
  const body = { topics: [{ name: "t" }], allowAutoTopicCreation: true }
  const reply = await world.connect().call<MetadataResponse>(ApiKey.Metadata, 12, body)
  return reply.topics[0]!.partitions[0]!.leaderEpoch
}

async function fetchKnowing(world: BrokerWorld, currentLeaderEpoch: number) {
  const body = fetchBody([{ topic: "t", currentLeaderEpoch }])
  const reply = await world.connect().call<FetchResponse>(ApiKey.Fetch, 12, body)
  return reply.responses[0]!.partitions[0]!
}

async function latestKnowing(world: BrokerWorld, currentLeaderEpoch: number) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch, timestamp: -1 }]
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: "t", partitions }] }
  const reply = await world.connect().call<ListOffsetsResponse>(ApiKey.ListOffsets, 6, body)
  return reply.topics[0]!.partitions[0]!
}

async function endOf(world: BrokerWorld, leaderEpoch: number, currentLeaderEpoch = -1) {
  const partitions = [{ partition: 0, currentLeaderEpoch, leaderEpoch }]
  const body = { replicaId: -1, topics: [{ topic: "t", partitions }] }
  const key = ApiKey.OffsetForLeaderEpoch
  const reply = await world.connect().call<OffsetForLeaderEpochResponse>(key, 4, body)
  return reply.topics[0]!.partitions[0]!
}

describe.each(["crash", "kill", "close"] as const)("leader epochs after a %s", (end) => {
  it("are one higher in every answer, and the old one is fenced", async () => {
    const world = await BrokerWorld.open()
    const before = await toldEpoch(world)
    expect(before).toBe(0)
    await append(world, "a")
    await world.restartAfter(end)
    const now = before + 1
    expect(await toldEpoch(world)).toBe(now)
    expect(await latestKnowing(world, now)).toMatchObject({ errorCode: 0, leaderEpoch: now })
    const { FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH } = ErrorCode
    for (const [known, errorCode] of [
      [before, FENCED_LEADER_EPOCH],
      [now, ErrorCode.NONE],
      [now + 1, UNKNOWN_LEADER_EPOCH],
    ] as const) {
      expect((await fetchKnowing(world, known)).errorCode).toBe(errorCode)
      expect((await latestKnowing(world, known)).errorCode).toBe(errorCode)
      expect((await endOf(world, known, known)).errorCode).toBe(errorCode)
    }
    await world.close()
  })

  it("never fall and never repeat, whatever was appended under them", async () => {
    const world = await BrokerWorld.open()
    let before = await toldEpoch(world)
    for (let round = 0; round < 6; round++) {
      if (round % 2 === 0) await append(world, `${round}`)
      await world.restartAfter(end)
      const now = await toldEpoch(world)
      expect(now).toBe(before + 1)
      before = now
    }
    await world.close()
  })

  it("of a log without records end at its end: whoever waited there lost nothing", async () => {
    const world = await BrokerWorld.open()
    await toldEpoch(world)
    await world.restartAfter(end)
    expect(await endOf(world, 0)).toMatchObject({ leaderEpoch: 0, endOffset: 0 })
    await world.restartAfter(end)
    expect(await endOf(world, 0)).toMatchObject({ leaderEpoch: 0, endOffset: 0 })
    expect(await endOf(world, 1)).toMatchObject({ leaderEpoch: 1, endOffset: 0 })
    await world.close()
  })

  it("end where the next one that got records begins", async () => {
    const world = await BrokerWorld.open()
    await toldEpoch(world)
    await append(world, "a")
    await append(world, "b")
    await world.restartAfter(end)
    expect(await endOf(world, 0)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
    expect(await endOf(world, 1)).toMatchObject({ leaderEpoch: 1, endOffset: 2 })
    await world.restartAfter(end)
    // Nothing was appended under epoch 1.
    expect(await endOf(world, 1)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
    await append(world, "c")
    expect(await endOf(world, 0)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
    expect(await endOf(world, 1)).toMatchObject({ leaderEpoch: 0, endOffset: 2 })
    expect(await endOf(world, 2)).toMatchObject({ leaderEpoch: 2, endOffset: 3 })
    expect(await endOf(world, 3)).toMatchObject(UNKNOWN)
    await world.restartAfter(end)
    expect(await endOf(world, 2)).toMatchObject({ leaderEpoch: 2, endOffset: 3 })
    await world.close()
  })

  it("are those of topics made afterwards, too", async () => {
    const world = await BrokerWorld.open()
    await world.restartAfter(end)
    await world.restartAfter(end)
    expect(await toldEpoch(world)).toBe(2)
    await append(world, "a")
    const { records } = await fetchKnowing(world, 2)
    expect(epochOfBatch(records as Buffer, 0)).toBe(2)
    await world.close()
  })
})

describe("a tail that a power cut took", () => {
  it.each([1, 2, 3, 4, 5])("can be told by its reader (seed %i)", async (seed) => {
    // Readers see what is not on disk yet: the case in which a reader can be ahead of the log.
    const world = await BrokerWorld.open({ seed, durability: "os" })
    await toldEpoch(world)
    await append(world, "kept", 1)
    await world.restartAfter("close")
    const epoch = await toldEpoch(world)
    const read = 20
    for (let i = 1; i < read; i++) await append(world, `old ${i}`, 1)
    await world.restartAfter("crash")
    const now = await toldEpoch(world)
    const end = await endOf(world, epoch, now)
    const left = (await latestKnowing(world, now)).offset
    // What the reader had ends where the log now ends: it knows what it lost.
    expect(end.endOffset).toBe(left)
    expect(left).toBeLessThanOrEqual(read)
    for (let i = left; i < read; i++) expect(await append(world, `new ${i}`, 1)).toBe(i)
    // And it still does when others have written over the lost offsets.
    expect(await endOf(world, epoch, now)).toEqual(end)
    const { records } = await fetchKnowing(world, now)
    const values = valuesIn(records as Buffer)
    expect(values).toHaveLength(read)
    expect(values.filter((value) => value.includes("new"))).toHaveLength(read - left)
    await world.close()
  })
})
