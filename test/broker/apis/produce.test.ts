/** Produce: what is appended, what is refused and how, and when the answer leaves. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { ProduceResponse } from "../../../protocol/messages/produce.ts"
import { BatchField } from "../../../protocol/records/batch.ts"
import { BrokerWorld, type SimulatedClient } from "../../support/broker-world.ts"
import { batchOf, produceBody } from "../../support/record-batches.ts"

const VERSION = 9

describe("produce", () => {
  let world: BrokerWorld
  let client: SimulatedClient
  let topicId: string

  beforeEach(async () => {
    world = await BrokerWorld.open()
    client = world.connect()
    const topics = [{ name: "t", topicId: "AAAAAAAAAAAAAAAAAAAAAA" }]
    const reply = await client.call<{ topics: { topicId: string }[] }>(ApiKey.Metadata, 12, {
      ...{ topics, allowAutoTopicCreation: true },
      includeTopicAuthorizedOperations: false,
    })
    topicId = reply.topics[0]!.topicId
  })
  afterEach(() => world.close())

  async function produce(body: object, version = VERSION) {
    const reply = await client.call<ProduceResponse>(ApiKey.Produce, version, body)
    return reply.responses[0]!.partitionResponses[0]!
  }

  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])("version %i appends", async (version) => {
    const more = version >= 13 ? { topicId } : {}
    const first = await produce(produceBody("t", batchOf(["a", "b"]), more), version)
    expect(first).toMatchObject({ index: 0, errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 })
    const second = await produce(produceBody("t", batchOf(["c"]), more), version)
    expect(second).toMatchObject({ errorCode: 0, baseOffset: 2 })
  })

  it.each([0, 1, 2])("version %i closes the connection", async (version) => {
    const request = Buffer.alloc(32)
    request.writeInt16BE(ApiKey.Produce, 0)
    request.writeInt16BE(version, 2)
    client.peer.sendFrame(request)
    expect(await client.waitForClose()).toBe(true)
  })

  it("acks=all answers after the sync, acks=1 before", async () => {
    world.os.faults.plan.syncMs = [200, 200]
    client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["a"]), { acks: 1 }))
    await world.os.elapse(50)
    expect(client.takeReplies()).toHaveLength(1)
    client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["b"]), { acks: -1 }))
    await world.os.elapse(50)
    expect(client.takeReplies()).toHaveLength(0)
    const reply = await client.reply<ProduceResponse>(ApiKey.Produce, VERSION)
    expect(reply.responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  it("acks=all that the disk keeps waiting is answered REQUEST_TIMED_OUT", async () => {
    world.os.faults.plan.syncMs = [30_000, 30_000]
    const body = produceBody("t", batchOf(["a"]), { acks: -1, timeoutMs: 100 })
    expect(await produce(body)).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT })
  })

  it("after a failed sync acks=all is KAFKA_STORAGE_ERROR, for good", async () => {
    world.os.faults.failNext("sync", 5)
    const body = () => produceBody("t", batchOf(["a"]), { acks: -1 })
    expect(await produce(body())).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR })
    expect(await produce(body())).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR })
  })

  it("acks=0 is not answered, and appends", async () => {
    client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["a"]), { acks: 0 }))
    expect(await produce(produceBody("t", batchOf(["b"])))).toMatchObject({ baseOffset: 1 })
    expect(client.takeReplies()).toHaveLength(0)
  })

  it("acks=0 that fails closes the connection", async () => {
    client.send(ApiKey.Produce, VERSION, produceBody("missing", batchOf(["a"]), { acks: 0 }))
    expect(await client.waitForClose()).toBe(true)
  })

  it.each([2, -2, 32767])("acks=%i is INVALID_REQUIRED_ACKS and appends nothing", async (acks) => {
    const refused = await produce(produceBody("t", batchOf(["a"]), { acks }))
    expect(refused).toMatchObject({ errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1 })
    expect(await produce(produceBody("t", batchOf(["b"])))).toMatchObject({ baseOffset: 0 })
  })

  it("unknown topics, partitions and ids have their own codes", async () => {
    const unknownTopic = await produce(produceBody("missing", batchOf(["a"])))
    expect(unknownTopic.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const unknownPartition = await produce(produceBody("t", batchOf(["a"]), { index: 1 }))
    expect(unknownPartition.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const negative = await produce(produceBody("t", batchOf(["a"]), { index: -1 }))
    expect(negative.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const strange = { topicId: "BBBBBBBBBBBBBBBBBBBBBA" }
    const unknownId = await produce(produceBody("", batchOf(["a"]), strange), 13)
    expect(unknownId.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
  })

  function damaged(change: (bytes: Buffer) => void): Buffer {
    const bytes = batchOf(["a", "b"])
    change(bytes)
    return bytes
  }

  it.each<[string, Buffer | null, number]>([
    ["a wrong CRC", damaged((b) => b.writeUInt8(b.at(-1)! ^ 1, b.length - 1)), 2],
    ["magic 1", damaged((b) => b.writeInt8(1, BatchField.magic)), 87],
    ["a length beyond the bytes", damaged((b) => b.writeInt32BE(1 << 20, BatchField.length)), 2],
    ["a negative length", damaged((b) => b.writeInt32BE(-1, BatchField.length)), 2],
    ["a truncated batch", batchOf(["a", "b"]).subarray(0, 70), 2],
    ["less than a header", batchOf(["a", "b"]).subarray(0, 20), 2],
    ["two batches", Buffer.concat([batchOf(["a"]), batchOf(["b"])]), 87],
    ["no batch", Buffer.alloc(0), 87],
    ["null", null, 87],
    ["an open transaction", batchOf(["a"], { producerId: 1, isTransactional: true }), 48],
    ["a control batch", batchOf(["a"], { isControl: true }), 87],
    ["a batch that is too large", batchOf(["x".repeat(1_100_000)]), 10],
  ])("%s is refused, and nothing of it is kept", async (_, records, errorCode) => {
    expect((await produce(produceBody("t", records))).errorCode).toBe(errorCode)
    expect(await produce(produceBody("t", batchOf(["b"])))).toMatchObject({ baseOffset: 0 })
  })

  it("one refused partition does not stop the others of the request", async () => {
    const partitionData = [
      { index: 9, records: batchOf(["a"]) },
      { index: 0, records: batchOf(["b"]) },
    ]
    const body = { acks: -1, timeoutMs: 1000, topicData: [{ name: "t", partitionData }] }
    const reply = await client.call<ProduceResponse>(ApiKey.Produce, VERSION, body)
    expect(reply.responses[0]!.partitionResponses).toMatchObject([
      { index: 9, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 },
      { index: 0, errorCode: 0, baseOffset: 0 },
    ])
  })

  it("a repeated idempotent batch is answered with the offsets of the first", async () => {
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
    const first = await produce(produceBody("t", batchOf(["a", "b"], producer), { acks: -1 }))
    const again = await produce(produceBody("t", batchOf(["a", "b"], producer), { acks: -1 }))
    expect([first.baseOffset, again.baseOffset, again.errorCode]).toEqual([0, 0, 0])
    const gap = { ...producer, baseSequence: 9 }
    const refused = await produce(produceBody("t", batchOf(["c"], gap), { acks: -1 }))
    expect(refused.errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it("clients do not write to internal topics", async () => {
    const join = { key: "g", keyType: 0 }
    await client.call(ApiKey.FindCoordinator, 3, join)
    const joined = {
      groupId: "g",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: "",
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: Buffer.alloc(0) }],
    }
    await client.call(ApiKey.JoinGroup, 2, joined)
    const refused = await produce(produceBody("__consumer_offsets", batchOf(["a"])))
    expect([ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]).toContain(
      refused.errorCode,
    )
  })

  it("replies leave in the order of the requests, whatever each waited for", async () => {
    const ids = [
      client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["a"]), { acks: -1 })),
      client.send(ApiKey.ApiVersions, 0, {}),
      client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["b"]), { acks: 1 })),
      client.send(ApiKey.Produce, VERSION, produceBody("t", batchOf(["c"]), { acks: -1 })),
    ]
    await world.os.elapse(1000)
    expect(client.takeReplies().map((frame) => frame.readInt32BE(0))).toEqual(ids)
  })
})
