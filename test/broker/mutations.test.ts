/** Seeded mutations of valid requests: the broker answers or closes, and goes on serving. */
import { Prng } from "../../native/simulated/index.ts"
import { ApiKey } from "../../protocol/apis.ts"
import { BrokerWorld } from "../support/broker-world.ts"
import { encodeRequest } from "../support/raw-client.ts"
import { batchOf, fetchBody, produceBody } from "../support/record-batches.ts"

const ROUNDS = 1500
const topics = [{ name: "t", topicId: "AAAAAAAAAAAAAAAAAAAAAA" }]

/** Frames without their length prefix. */
const valid = [
  encodeRequest(ApiKey.Produce, 9, produceBody("t", batchOf(["a", "b"]), { acks: -1 })),
  encodeRequest(ApiKey.Produce, 3, produceBody("t", batchOf(["a".repeat(300)]), { acks: 0 })),
  encodeRequest(ApiKey.Fetch, 12, fetchBody([{}], { sessionEpoch: 0, maxWaitMs: 5 })),
  encodeRequest(ApiKey.Fetch, 4, fetchBody([{}, { partition: 3 }])),
  encodeRequest(ApiKey.Metadata, 12, { topics, allowAutoTopicCreation: true }),
  encodeRequest(ApiKey.ApiVersions, 3, { clientSoftwareName: "x", clientSoftwareVersion: "1" }),
  encodeRequest(ApiKey.FindCoordinator, 4, { keyType: 0, coordinatorKeys: ["g"] }),
  encodeRequest(ApiKey.CreateTopics, 5, {
    topics: [{ name: "u", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 100,
  }),
  encodeRequest(ApiKey.JoinGroup, 5, {
    groupId: "g",
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 6000,
    memberId: "",
    groupInstanceId: null,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.alloc(9) }],
  }),
].map((frame) => frame.subarray(4))

function mutate(frame: Buffer, chance: Prng): Buffer {
  const bytes = Buffer.from(frame)
  const at = chance.uint32() % bytes.length
  switch (chance.uint32() % 5) {
    case 0:
      bytes[at] = chance.uint32() & 0xff
      return bytes
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), chance.bytes(4), bytes.subarray(at)])
    case 3:
      bytes.fill(0xff, at, Math.min(at + 4, bytes.length))
      return bytes
    default:
      bytes.writeInt32BE(0x7fffffff, Math.min(at, bytes.length - 4))
      return bytes
  }
}

describe.each([1, 2, 3])("mutated requests, seed %i", (seed) => {
  it("neither stop the broker nor leave anything open", async () => {
    const world = await BrokerWorld.open({ seed, config: { "offsets.topic.num.partitions": 2 } })
    const chance = new Prng(seed)
    let client = world.connect()
    for (let round = 0; round < ROUNDS; round++) {
      if (client.peer.isClosed) client = world.connect()
      client.peer.sendFrame(mutate(valid[chance.uint32() % valid.length]!, chance))
      if (round % 3 === 0) await world.os.elapse(20)
      client.takeReplies()
    }
    await world.os.elapse(100)
    client.peer.reset()
    await world.os.elapse(60_000)
    const { parkedFetchCount, transport } = world.broker.stats()
    expect([parkedFetchCount, transport.openConnections]).toEqual([0, 0])
    expect(await world.connect().call(ApiKey.ApiVersions, 0, {})).toMatchObject({ errorCode: 0 })
    await world.close()
  })
})
