/** Fetch: what a reader gets, when it is answered, and what its session remembers. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { FetchResponse } from "../../../protocol/messages/fetch.ts"
import { BrokerWorld, type SimulatedClient } from "../../support/broker-world.ts"
import {
  batchOf,
  type FetchAsk,
  fetchBody,
  produceBody,
  valuesIn,
} from "../../support/record-batches.ts"

const VERSION = 12

describe("fetch", () => {
  let world: BrokerWorld
  let producer: SimulatedClient
  let consumer: SimulatedClient
  let topicId: string

  beforeEach(async () => {
    world = await BrokerWorld.open()
    producer = world.connect()
    consumer = world.connect()
    topicId = await createTopic("t", 3)
  })
  afterEach(() => world.close())

  async function createTopic(name: string, numPartitions: number): Promise<string> {
    const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }]
    const body = { topics, timeoutMs: 10_000, validateOnly: false }
    const reply = await producer.call<{ topics: { errorCode: number; topicId: string }[] }>(
      ApiKey.CreateTopics,
      7,
      body,
    )
    expect(reply.topics[0]!.errorCode).toBe(0)
    return reply.topics[0]!.topicId
  }

  async function append(values: string[], index = 0, topic = "t"): Promise<void> {
    const body = produceBody(topic, batchOf(values), { acks: -1, index })
    await producer.call(ApiKey.Produce, 9, body)
  }

  function fetch(asks: FetchAsk[], more: object = {}, version = VERSION): Promise<FetchResponse> {
    return consumer.call<FetchResponse>(ApiKey.Fetch, version, fetchBody(asks, more))
  }

  function flat(reply: FetchResponse) {
    return reply.responses.flatMap(({ partitions }) => partitions)
  }

  it.each([4, 5, 7, 9, 11, 12, 13, 15, 16, 17, 18])("version %i reads", async (version) => {
    await append(["a", "b"])
    await append(["c"])
    const names = version >= 13 ? { topicId } : { topic: "t" }
    const reply = await fetch([{ ...names, fetchOffset: 2 }], {}, version)
    expect(reply.errorCode).toBe(0)
    const [partition] = flat(reply)
    expect(partition).toMatchObject({ partitionIndex: 0, errorCode: 0, highWatermark: 3 })
    expect(valuesIn(partition!.records as Buffer)).toContain("2=c")
  })

  it("errors of single partitions have their codes", async () => {
    await append(["a"])
    const code = async (ask: FetchAsk, version = VERSION) =>
      flat(await fetch([ask], {}, version))[0]!.errorCode
    expect(await code({ topic: "missing" })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await code({ partition: 3 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await code({ partition: -1 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await code({ fetchOffset: 2 })).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(await code({ fetchOffset: -1 })).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(await code({ currentLeaderEpoch: 5 })).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    expect(await code({ topicId: "BBBBBBBBBBBBBBBBBBBBBA" }, 13)).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
    expect(await code({ topicId, partition: 9 }, 13)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await code({ fetchOffset: 1 })).toBe(0)
  })

  it("an isolation level that does not exist is INVALID_REQUEST", async () => {
    const reply = await fetch([{}], { isolationLevel: 7 })
    expect(reply.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  })

  it("the first batch is whole even if it is larger than all limits", async () => {
    await append(["x".repeat(5000)])
    await append(["y"], 1)
    const asks = [{ partitionMaxBytes: 10 }, { partition: 1, partitionMaxBytes: 10 }]
    const [first, second] = flat(await fetch(asks, { maxBytes: 100 }))
    expect(valuesIn(first!.records as Buffer)).toHaveLength(1)
    expect(valuesIn(second!.records as Buffer)).toHaveLength(0)
  })

  it("maxBytes bounds the whole reply, partitionMaxBytes each partition", async () => {
    for (let index = 0; index < 3; index++) {
      for (let count = 0; count < 4; count++) await append(["x".repeat(1000)], index)
    }
    const asks = [0, 1, 2].map((partition) => ({ partition, partitionMaxBytes: 2200 }))
    const all = flat(await fetch(asks))
    expect(all.map(({ records }) => valuesIn(records as Buffer).length)).toEqual([2, 2, 2])
    const some = flat(await fetch(asks, { maxBytes: 3300 }))
    expect(some.map(({ records }) => valuesIn(records as Buffer).length)).toEqual([2, 1, 0])
  })

  it("parks until something is appended, and then answers with it", async () => {
    consumer.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 5000 }))
    await world.os.elapse(1000)
    expect(consumer.takeReplies()).toHaveLength(0)
    expect(world.broker.stats().parkedFetchCount).toBe(1)
    await append(["other partition"], 1)
    await world.os.elapse(100)
    expect(consumer.takeReplies()).toHaveLength(0)
    await append(["a"])
    const reply = await consumer.reply<FetchResponse>(ApiKey.Fetch, VERSION)
    expect(valuesIn(flat(reply)[0]!.records as Buffer)).toEqual(["0=a"])
    expect(world.broker.stats().parkedFetchCount).toBe(0)
  })

  it("parks until minBytes have come together", async () => {
    const body = fetchBody([{}, { partition: 1 }], { maxWaitMs: 60_000, minBytes: 2500 })
    consumer.send(ApiKey.Fetch, VERSION, body)
    await append(["x".repeat(1000)])
    await append(["x".repeat(1000)], 1)
    await world.os.elapse(100)
    expect(consumer.takeReplies()).toHaveLength(0)
    await append(["x".repeat(1000)], 1)
    const reply = await consumer.reply<FetchResponse>(ApiKey.Fetch, VERSION)
    const counts = flat(reply).map(({ records }) => valuesIn(records as Buffer).length)
    expect(counts).toEqual([1, 2])
  })

  it("answers with what there is when the time is over", async () => {
    await append(["a"])
    const before = world.os.clock.monotonicMs()
    const reply = await fetch([{}], { maxWaitMs: 500, minBytes: 10_000 })
    expect(world.os.clock.monotonicMs() - before).toBeGreaterThanOrEqual(500)
    expect(valuesIn(flat(reply)[0]!.records as Buffer)).toEqual(["0=a"])
  })

  it("a dropped connection unparks", async () => {
    consumer.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 60_000 }))
    await world.os.elapse(100)
    expect(world.broker.stats().parkedFetchCount).toBe(1)
    consumer.peer.end()
    await world.os.elapse(100)
    expect(world.broker.stats().parkedFetchCount).toBe(0)
  })

  it("a deleted topic wakes who waits for it", async () => {
    consumer.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 60_000 }))
    await world.os.elapse(100)
    await producer.call(ApiKey.DeleteTopics, 4, { topicNames: ["t"], timeoutMs: 1000 })
    const reply = await consumer.reply<FetchResponse>(ApiKey.Fetch, VERSION)
    expect(flat(reply)[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it("closing the broker answers who waits", async () => {
    consumer.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 60_000 }))
    await world.os.elapse(100)
    await world.close()
    expect(consumer.takeReplies()).toHaveLength(1)
    expect(consumer.peer.isClosed).toBe(true)
  })

  it("nobody reads what has not been synced", async () => {
    world.os.faults.plan.syncMs = [300, 300]
    await producer.call(ApiKey.Produce, 9, produceBody("t", batchOf(["a"]), { acks: 1 }))
    const early = flat(await fetch([{}]))[0]!
    expect(early).toMatchObject({ errorCode: 0, highWatermark: 0 })
    expect(valuesIn(early.records as Buffer)).toEqual([])
    const late = flat(await fetch([{}], { maxWaitMs: 10_000 }))[0]!
    expect(late.highWatermark).toBe(1)
    expect(valuesIn(late.records as Buffer)).toEqual(["0=a"])
  })

  it("visibility=appended shows records before they are synced", async () => {
    await world.close()
    world = await BrokerWorld.open({ config: { visibility: "appended" } })
    producer = world.connect()
    consumer = world.connect()
    await createTopic("t", 1)
    world.os.faults.plan.syncMs = [300, 300]
    await producer.call(ApiKey.Produce, 9, produceBody("t", batchOf(["a"]), { acks: 1 }))
    expect(valuesIn(flat(await fetch([{}]))[0]!.records as Buffer)).toEqual(["0=a"])
  })

  describe("sessions", () => {
    const asks = [{}, { partition: 1 }, { partition: 2 }]
    const session = (sessionId: number, sessionEpoch: number) => ({ sessionId, sessionEpoch })

    it("replies carry only what changed", async () => {
      const opened = await fetch(asks, session(0, 0))
      expect(opened.sessionId).toBeGreaterThan(0)
      expect(flat(opened)).toHaveLength(3)
      const idle = await fetch([], session(opened.sessionId, 1))
      expect(idle).toMatchObject({ errorCode: 0, sessionId: opened.sessionId, responses: [] })
      await append(["a"], 1)
      const changed = flat(await fetch([], session(opened.sessionId, 2)))
      expect(changed).toMatchObject([{ partitionIndex: 1, highWatermark: 1 }])
      const moved = await fetch([{ partition: 1, fetchOffset: 1 }], session(opened.sessionId, 3))
      expect(flat(moved)).toHaveLength(0)
    })

    it("a long poll of a session waits for any of its partitions", async () => {
      const { sessionId } = await fetch(asks, session(0, 0))
      const body = fetchBody([], { ...session(sessionId, 1), maxWaitMs: 10_000 })
      consumer.send(ApiKey.Fetch, VERSION, body)
      await append(["a"], 2)
      const reply = await consumer.reply<FetchResponse>(ApiKey.Fetch, VERSION)
      expect(flat(reply)).toMatchObject([{ partitionIndex: 2, highWatermark: 1 }])
    })

    it("a partition with an error is told again, and once more when it is well", async () => {
      const { sessionId } = await fetch([{ fetchOffset: 5 }], session(0, 0))
      const again = flat(await fetch([], session(sessionId, 1)))
      expect(again).toMatchObject([{ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }])
      const well = flat(await fetch([{ fetchOffset: 0 }], session(sessionId, 2)))
      expect(well).toMatchObject([{ errorCode: 0, highWatermark: 0 }])
      expect(flat(await fetch([], session(sessionId, 3)))).toHaveLength(0)
    })

    it("forgotten partitions are not read any more", async () => {
      const { sessionId } = await fetch(asks, session(0, 0))
      const forgottenTopicsData = [{ topic: "t", partitions: [0, 1] }]
      await append(["a"])
      await append(["c"], 2)
      const reply = await fetch([], { ...session(sessionId, 1), forgottenTopicsData })
      expect(flat(reply)).toMatchObject([{ partitionIndex: 2 }])
    })

    it("wrong ids and epochs have their codes", async () => {
      const { sessionId } = await fetch(asks, session(0, 0))
      const unknown = await fetch([], session(sessionId ^ 1, 1))
      expect(unknown.errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
      const early = await fetch([], session(sessionId, 7))
      expect(early.errorCode).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
      const mixed = await fetch([], session(sessionId, 1), 13)
      expect(mixed.errorCode).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
    })

    it("a partition that gave records is read last the next time", async () => {
      await append(["x".repeat(900)])
      await append(["y".repeat(900)], 1)
      const limits = { maxBytes: 1000 }
      const opened = await fetch([{}, { partition: 1 }], { ...session(0, 0), ...limits })
      const { sessionId } = opened
      const read = (reply: FetchResponse) =>
        flat(reply)
          .filter(({ records }) => valuesIn(records as Buffer).length > 0)
          .map(({ partitionIndex }) => partitionIndex)
      expect(read(opened)).toEqual([0])
      expect(read(await fetch([], { ...session(sessionId, 1), ...limits }))).toEqual([1])
      expect(read(await fetch([], { ...session(sessionId, 2), ...limits }))).toEqual([0])
    })

    it("an older parked request of a session is answered INVALID_FETCH_SESSION_EPOCH", async () => {
      const { sessionId } = await fetch(asks, session(0, 0))
      const parked = fetchBody([], { ...session(sessionId, 1), maxWaitMs: 1000 })
      consumer.send(ApiKey.Fetch, VERSION, parked)
      const other = world.connect()
      const newer = fetchBody([], session(sessionId, 2))
      await world.os.elapse(100)
      expect(await other.call(ApiKey.Fetch, VERSION, newer)).toMatchObject({ errorCode: 0 })
      const reply = await consumer.reply<FetchResponse>(ApiKey.Fetch, VERSION)
      expect(reply.errorCode).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
    })
  })

  it("a reader that does not read costs a bounded buffer", async () => {
    for (let count = 0; count < 8; count++) await append(["x".repeat(1_000_000)])
    consumer.peer.stall()
    const body = fetchBody([{}], { maxBytes: 1 << 24, partitionMaxBytes: 1 << 24 })
    for (let count = 0; count < 3000; count++) consumer.send(ApiKey.Fetch, VERSION, body)
    await world.os.elapse(1000)
    const sent = world.broker.stats().transport.copiedFileBytes
    expect(sent).toBeLessThan(64 << 20)
    const other = world.connect()
    expect(await other.call(ApiKey.ApiVersions, 0, {})).toMatchObject({ errorCode: 0 })
    consumer.peer.resume()
    await world.os.elapse(2000)
    expect(consumer.takeReplies().length).toBeGreaterThan(100)
  })
})
