/** Limits of one connection, and how a server with connections closes. */
import { MAX_UNANSWERED } from "../../../broker/server/connection.ts"
import { ApiKey } from "../../../protocol/apis.ts"
import type { FetchResponse } from "../../../protocol/messages/fetch.ts"
import { BrokerWorld, type SimulatedClient } from "../../support/broker-world.ts"
import { decodeReply } from "../../support/raw-client.ts"
import { batchOf, fetchBody, produceBody, valuesIn } from "../../support/record-batches.ts"

const VERSION = 11

describe("a connection", () => {
  let world: BrokerWorld
  let client: SimulatedClient

  beforeEach(async () => {
    world = await BrokerWorld.open()
    client = world.connect()
    const topics = [{ name: "t" }]
    await client.call(ApiKey.Metadata, 4, { topics, allowAutoTopicCreation: true })
  })
  afterEach(() => world.close())

  const longPoll = () => fetchBody([{}], { maxWaitMs: 20_000 })

  it("has a bounded number of unanswered requests, and all are answered in the end", async () => {
    const count = MAX_UNANSWERED * 3
    const ids = Array.from({ length: count }, () => client.send(ApiKey.Fetch, VERSION, longPoll()))
    await world.os.elapse(1000)
    expect(world.broker.stats().parkedFetchCount).toBe(MAX_UNANSWERED)
    expect(client.takeReplies()).toHaveLength(0)
    const body = produceBody("t", batchOf(["a"]), { acks: -1 })
    await world.connect().call(ApiKey.Produce, 9, body)
    await world.os.elapse(10_000)
    const replies = client.takeReplies()
    expect(replies.map((frame) => frame.readInt32BE(0))).toEqual(ids)
    for (const frame of replies) {
      const reply = decodeReply<FetchResponse>(frame, ApiKey.Fetch, VERSION)
      expect(valuesIn(reply.responses[0]!.partitions[0]!.records as Buffer)).toEqual(["0=a"])
    }
    expect(world.broker.stats().parkedFetchCount).toBe(0)
  })

  it("that closes while stalled leaves nothing behind", async () => {
    for (let index = 0; index < MAX_UNANSWERED * 2; index++) {
      client.send(ApiKey.Fetch, VERSION, longPoll())
    }
    await world.os.elapse(1000)
    client.peer.reset()
    await world.os.elapse(1000)
    expect(world.broker.stats().parkedFetchCount).toBe(0)
    expect(world.broker.stats().transport.openConnections).toBe(0)
  })

  it("that does not read does not get parked fetches evaluated either", async () => {
    const large = () => produceBody("t", batchOf(["x".repeat(900_000)]), { acks: -1 })
    const limits = { maxBytes: 1 << 24, maxWaitMs: 5000, minBytes: 1 }
    const ask = { partitionMaxBytes: 1 << 24 }
    client.peer.stall()
    for (let index = 0; index < 100; index++) {
      client.send(ApiKey.Fetch, VERSION, fetchBody([ask], limits))
    }
    await world.os.elapse(100)
    expect(world.broker.stats().parkedFetchCount).toBe(100)
    for (let index = 0; index < 10; index++) {
      await world.connect().call(ApiKey.Produce, 9, large())
    }
    await world.os.elapse(500)
    const { parkedFetchCount, transport } = world.broker.stats()
    expect(parkedFetchCount).toBeGreaterThan(50)
    expect(transport.copiedFileBytes).toBeLessThan(32 << 20)
    client.peer.resume()
    await world.os.elapse(20_000)
    expect(client.takeReplies()).toHaveLength(100)
  })

  it("replies of parked requests keep their order behind other requests", async () => {
    const ids = [
      client.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 300 })),
      client.send(ApiKey.ApiVersions, 0, {}),
      client.send(ApiKey.Fetch, VERSION, fetchBody([{}], { maxWaitMs: 100 })),
      client.send(ApiKey.ApiVersions, 0, {}),
    ]
    await world.os.elapse(250)
    expect(client.takeReplies()).toHaveLength(0)
    await world.os.elapse(250)
    expect(client.takeReplies().map((frame) => frame.readInt32BE(0))).toEqual(ids)
  })

  it("is answered what it asked before the broker closes, and nothing after", async () => {
    world.os.faults.plan.syncMs = [100, 100]
    client.send(ApiKey.Produce, 9, produceBody("t", batchOf(["a"]), { acks: -1 }))
    await world.os.elapse(20)
    const closing = world.close()
    await world.os.elapse(5)
    client.send(ApiKey.ApiVersions, 0, {})
    await closing
    expect(client.takeReplies()).toHaveLength(1)
    expect(client.peer.isClosed).toBe(true)
  })

  it("that never reads does not keep the broker from closing", async () => {
    client.peer.stall()
    client.send(ApiKey.ApiVersions, 0, {})
    await world.os.elapse(20)
    await world.close()
    expect(client.peer.isClosed).toBe(true)
  })
})
