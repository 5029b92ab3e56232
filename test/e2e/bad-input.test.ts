/**
 * What a hostile or broken client can send to a real broker process: it is answered or cut off, the
 * broker goes on serving, and its memory and descriptors come back to where they were.
 */
import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { ApiKey } from "../../protocol/apis.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { type BrokerProcess, houses, startBrokerProcess } from "../support/broker-process.ts"
import { encodeRequest, RawClient } from "../support/raw-client.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

const MB = 1e6
const FRAME_TIMEOUT_MS = 1_500

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024
}

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

describe.each(houses)("bad input on the %s house", (os) => {
  const directory = scopedDirectory("millrace-bad-")
  let broker: BrokerProcess

  beforeAll(async () => {
    const settings = { "frame.timeout.ms": String(FRAME_TIMEOUT_MS) }
    broker = await startBrokerProcess({ dataDir: directory.path, os, settings })
  })
  afterAll(async () => {
    expect(await broker.stop()).toBe(0)
    directory[Symbol.dispose]()
  })

  async function expectServing(): Promise<void> {
    const client = await RawClient.connect(broker.port)
    const reply = await client.call<{ errorCode: number }>(ApiKey.ApiVersions, 0, {})
    expect(reply.errorCode).toBe(ErrorCode.NONE)
    client.close()
  }

  async function createTopic(name: string): Promise<void> {
    const client = await RawClient.connect(broker.port)
    const topics = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
    await client.call(ApiKey.CreateTopics, 5, { topics, timeoutMs: 10_000 })
    client.close()
  }

  it.each([
    ["an oversized frame", Buffer.from("7fffffff00120000", "hex")],
    ["a negative length", Buffer.from("ffffffff00120000", "hex")],
    ["an unknown API", Buffer.from("0000000a7abc000000000001ffff", "hex")],
    ["an unsupported version", Buffer.from("0000000a0003006300000001ffff", "hex")],
    ["a truncated header", Buffer.from("0000000300120000", "hex").subarray(0, 7)],
    ["a body that ends early", Buffer.from("0000000c0003000400000001ffff0000", "hex")],
  ])("%s closes the connection and nothing else", async (_, bytes) => {
    const client = await RawClient.connect(broker.port)
    client.send(bytes)
    await client.closed
    await expectServing()
  })

  it("64 connections that announce 100 MB each cost less than 64 MB", async () => {
    await expectServing()
    const before = residentBytes(broker.pid)
    const announced = Buffer.alloc(2_048)
    announced.writeInt32BE(100 * 1024 * 1024 - 100)
    const clients = await Promise.all(
      Array.from({ length: 64 }, () => RawClient.connect(broker.port)),
    )
    for (const client of clients) client.send(announced)
    await sleep(500)
    expect(residentBytes(broker.pid) - before).toBeLessThan(64 * MB)
    await expectServing()
    for (const client of clients) client.close()
  })

  it.each([
    [
      ApiKey.CreateTopics,
      5,
      {
        topics: [
          {
            name: "huge",
            numPartitions: 100_000_000,
            replicationFactor: 1,
            assignments: [],
            configs: [],
          },
        ],
        timeoutMs: 1_000,
      },
      "topics",
    ],
    [
      ApiKey.CreatePartitions,
      1,
      {
        topics: [{ name: "grown", count: 100_000_000, assignments: null }],
        timeoutMs: 1_000,
        validateOnly: false,
      },
      "results",
    ],
  ])(
    "API %i refuses 100,000,000 partitions and takes no memory",
    async (api, version, body, field) => {
      await createTopic("grown")
      const before = residentBytes(broker.pid)
      const client = await RawClient.connect(broker.port)
      const reply = await client.call<Record<string, { errorCode: number }[]>>(api, version, body)
      expect(reply[field]!.map(({ errorCode }) => errorCode)).toEqual([
        ErrorCode.INVALID_PARTITIONS,
      ])
      expect(residentBytes(broker.pid) - before).toBeLessThan(32 * MB)
      client.close()
    },
  )

  it("3,000 pipelined fetches from a reader that never reads cost a bounded buffer", async () => {
    const name = "unread"
    await createTopic(name)
    const builder = new BatchBuilder()
    builder.append({ value: Buffer.alloc(500_000, 1), timestamp: Date.now() })
    const writer = await RawClient.connect(broker.port)
    const partitionData = [{ index: 0, records: builder.build() }]
    const produce = { acks: -1, timeoutMs: 5_000, topicData: [{ name, partitionData }] }
    await writer.call(ApiKey.Produce, 7, produce)
    writer.close()
    const before = residentBytes(broker.pid)
    const reader = await RawClient.connect(broker.port)
    reader.socket.pause()
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
    const limits = { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000 }
    const fetch = encodeRequest(ApiKey.Fetch, 4, {
      ...limits,
      topics: [{ topic: name, partitions }],
    })
    for (let sent = 0; sent < 3_000; sent++) reader.send(fetch)
    await sleep(1_000)
    expect(residentBytes(broker.pid) - before).toBeLessThan(64 * MB)
    await expectServing()
    reader.close()
  })

  it("a request sent one byte at a time is cut off after the deadline", async () => {
    const client = await RawClient.connect(broker.port)
    const request = encodeRequest(ApiKey.Metadata, 4, {
      topics: null,
      allowAutoTopicCreation: false,
    })
    let isClosed = false
    void client.closed.then(() => {
      isClosed = true
    })
    for (let at = 0; !isClosed && at < request.length - 1; at++) {
      client.send(request.subarray(at, at + 1))
      await sleep(FRAME_TIMEOUT_MS / 10)
    }
    expect(isClosed).toBe(true)
    await expectServing()
  })

  it("5,000 mutated requests leave the broker as it was", async () => {
    await createTopic("mutated")
    const random = mulberry32(20_240_501)
    const requests = validRequests("mutated")
    await expectServing()
    const [memoryBefore, filesBefore] = [residentBytes(broker.pid), openFiles(broker.pid)]
    for (let round = 0; round < 100; round++) {
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => RawClient.connect(broker.port)),
      )
      for (let index = 0; index < 50; index++) {
        const request = requests[Math.floor(random() * requests.length)]!
        clients[index % 10]!.send(mutate(request, random))
      }
      await sleep(15)
      for (const client of clients) client.close()
    }
    await expectServing()
    const settled = async (isBack: () => boolean) => {
      for (let wait = 0; wait < 100 && !isBack(); wait++) await sleep(100)
      return isBack()
    }
    // A mutated name may create a topic of its own: its files stay open, five for each.
    const topics = readdirSync(directory.path).filter((name) => /-\d+$/.test(name)).length
    expect(await settled(() => openFiles(broker.pid) <= filesBefore + 5 * topics)).toBe(true)
    expect(await settled(() => residentBytes(broker.pid) - memoryBefore < 64 * MB)).toBe(true)
  })
})

/** A seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function validRequests(topic: string): Buffer[] {
  const builder = new BatchBuilder()
  builder.append({ key: "k", value: "v", timestamp: Date.now() })
  const partitionData = [{ index: 0, records: builder.build() }]
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }]
  const limits = { maxWaitMs: 10, minBytes: 1, maxBytes: 1_000 }
  const group = { groupId: "g", memberId: "", protocolType: "consumer" }
  const protocols = [{ name: "range", metadata: Buffer.from([0, 1, 0, 0]) }]
  return [
    encodeRequest(ApiKey.Produce, 9, {
      acks: 1,
      timeoutMs: 100,
      topicData: [{ name: topic, partitionData }],
    }),
    encodeRequest(ApiKey.Produce, 3, {
      acks: -1,
      timeoutMs: 100,
      topicData: [{ name: topic, partitionData }],
    }),
    encodeRequest(ApiKey.Fetch, 11, { ...limits, topics: [{ topic, partitions }] }),
    encodeRequest(ApiKey.Metadata, 12, {
      topics: [{ name: topic }],
      allowAutoTopicCreation: false,
    }),
    encodeRequest(ApiKey.ApiVersions, 3, { clientSoftwareName: "a", clientSoftwareVersion: "1" }),
    encodeRequest(ApiKey.ListOffsets, 6, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    }),
    encodeRequest(ApiKey.FindCoordinator, 4, { keyType: 0, coordinatorKeys: ["g"] }),
    encodeRequest(ApiKey.JoinGroup, 5, {
      ...group,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 100,
      protocols,
    }),
    encodeRequest(ApiKey.OffsetFetch, 8, {
      groups: [{ groupId: "g", topics: null }],
      requireStable: false,
    }),
    encodeRequest(ApiKey.DescribeConfigs, 4, {
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: null }],
    }),
    encodeRequest(ApiKey.DeleteRecords, 2, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 0 }] }],
      timeoutMs: 100,
    }),
  ]
}

/** Changes a few bytes behind the length, cuts the end, repeats a part, or changes the length. */
function mutate(request: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(request)
  const place = () => 4 + Math.floor(random() * (bytes.length - 4))
  const kind = random()
  if (kind < 0.7) {
    for (let count = 1 + Math.floor(random() * 4); count > 0; count--)
      bytes[place()] = Math.floor(random() * 256)
    return bytes
  }
  if (kind < 0.8) {
    const cut = bytes.subarray(0, place())
    cut.writeInt32BE(cut.length - 4)
    return cut
  }
  if (kind < 0.9) {
    const at = place()
    const longer = Buffer.concat([bytes.subarray(0, at), bytes.subarray(4)])
    longer.writeInt32BE(longer.length - 4)
    return longer
  }
  bytes.writeInt32BE(Math.floor(random() * 2 ** 32) | 0)
  return bytes
}
