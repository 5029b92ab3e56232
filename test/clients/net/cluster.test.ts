/** Connections and the cluster: versions, pipelining, time-outs, strangers at the other end. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { KafkaError } from "../../../clients/index.ts"
import { api } from "../../../clients/net/api.ts"
import { Cluster } from "../../../clients/net/cluster.ts"
import type { ClusterOptions } from "../../../clients/net/options.ts"
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import { ListOffsetsRequest, ListOffsetsResponse } from "../../../protocol/messages/list-offsets.ts"
import { until } from "../../support/until.ts"
import { FakeBroker } from "../fake-broker.ts"

const ListOffsets = api(ListOffsetsRequest, ListOffsetsResponse)
const noTopics = { replicaId: -1, topics: [] }

let broker: FakeBroker
const clusters: Cluster[] = []
const servers: Server[] = []
const strangerSockets: Socket[] = []

beforeEach(async () => {
  broker = await FakeBroker.start({ t: 3 })
})

afterEach(async () => {
  for (const cluster of clusters.splice(0)) cluster.close()
  await broker.close()
  for (const server of servers.splice(0)) server.close()
})

function open(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({
    bootstrapServers: broker.bootstrapServers,
    bootstrapTimeoutMs: 0,
    ...options,
  })
  clusters.push(cluster)
  return cluster
}

/** A server that answers the first bytes with these, or with nothing. */
async function stranger(answer: Buffer | string | undefined): Promise<string> {
  const server = createServer((socket) => {
    strangerSockets.push(socket)
    socket.on("error", () => {})
    socket.on("data", () => {
      if (answer !== undefined) socket.write(answer)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function failure(promise: Promise<unknown>): Promise<KafkaError> {
  const error = await promise.then(
    () => undefined,
    (cause) => cause,
  )
  expect(error).toBeInstanceOf(KafkaError)
  return error as KafkaError
}

describe("cluster: finding a broker", () => {
  it("the first address that answers is enough", async () => {
    const cluster = open({ bootstrapServers: `127.0.0.1:1,${broker.bootstrapServers}` })
    await cluster.refresh(["t"])
    expect(cluster.findTopic("t")?.partitions).toHaveLength(3)
  })

  it("an address where nobody listens: refused, with the address", async () => {
    const error = await failure(open({ bootstrapServers: "127.0.0.1:1" }).refresh([]))
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", retriable: false })
    expect(error.message).toContain("127.0.0.1:1")
    expect(error.message).toContain("ECONNREFUSED")
  })

  it("a host name that does not exist", async () => {
    const error = await failure(open({ bootstrapServers: "no-such-host.invalid:9092" }).refresh([]))
    expect(error.code).toBe("CONNECTION_FAILED")
    expect(error.message).toContain("no-such-host.invalid:9092")
  })

  it("a web server is called one", async () => {
    const bootstrapServers = await stranger("HTTP/1.1 400 Bad Request\r\n\r\n")
    const error = await failure(open({ bootstrapServers }).refresh([]))
    expect(error.code).toBe("INVALID_RESPONSE")
    expect(error.message).toContain("HTTP")
  })

  it("a TLS listener is called one", async () => {
    const bootstrapServers = await stranger(Buffer.from([0x15, 3, 3, 0, 2, 2, 70]))
    const error = await failure(open({ bootstrapServers }).refresh([]))
    expect(error.message).toContain("TLS")
  })

  it("somebody who never answers: timed out after connectTimeoutMs", async () => {
    const bootstrapServers = await stranger(undefined)
    const error = await failure(open({ bootstrapServers, connectTimeoutMs: 50 }).refresh([]))
    expect(error.code).toBe("TIMED_OUT")
  })

  it("nonsense of the right length is no reply", async () => {
    const bootstrapServers = await stranger(Buffer.from([0, 0, 0, 6, 9, 9, 9, 9, 9, 9]))
    const error = await failure(open({ bootstrapServers }).refresh([]))
    expect(error.code).toBe("INVALID_RESPONSE")
  })
})

describe("cluster: versions", () => {
  it("the highest common version is spoken", async () => {
    broker.maxVersions.set(ApiKey.ListOffsets, 5)
    await open().call({ api: ListOffsets, value: noTopics })
    expect(broker.seen.at(-1)).toMatchObject({ apiKey: ApiKey.ListOffsets, version: 5 })
  })

  it("a broker that knows only ApiVersions 0 is asked again in 0", async () => {
    broker.maxVersions.set(ApiKey.ApiVersions, 0)
    await open().refresh([])
    expect(broker.seen.slice(0, 2).map(({ version }) => version)).toEqual([3, 0])
  })

  it("nothing in common: an error that names both ranges", async () => {
    const call = { api: { ...ListOffsets, minVersion: 7 }, value: noTopics }
    broker.maxVersions.set(ApiKey.ListOffsets, 5)
    const error = await failure(open().call(call))
    expect(error.code).toBe("UNSUPPORTED_VERSION")
    expect(error.message).toMatch(/7 to 11.*1 to 5/)
  })
})

describe("cluster: requests", () => {
  it("many requests in flight get their own replies", async () => {
    const cluster = open()
    await cluster.refresh(["t"])
    for (let i = 0; i < 3; i++) broker.log("t", i).endOffset = i * 10
    const replies = await Promise.all(
      [2, 0, 1, 2].map((partitionIndex) =>
        cluster.call({
          api: ListOffsets,
          value: {
            replicaId: -1,
            topics: [{ name: "t", partitions: [{ partitionIndex, timestamp: -1 }] }],
          },
        }),
      ),
    )
    expect(replies.map(({ topics }) => topics[0]!.partitions[0]!.offset)).toEqual([20, 0, 10, 20])
  })

  it("a time-out fails that request and those behind it; the next one reconnects", async () => {
    const cluster = open()
    await cluster.refresh(["t"])
    broker.script(ApiKey.ListOffsets, () => "hang")
    const call = { api: ListOffsets, value: noTopics, timeoutMs: 40 }
    const errors = await Promise.all([failure(cluster.call(call)), failure(cluster.call(call))])
    expect(errors.map(({ code }) => code)).toEqual(["TIMED_OUT", "TIMED_OUT"])
    expect((await cluster.call(call)).topics).toEqual([])
  })

  it("a lost connection says how many requests were unanswered", async () => {
    const cluster = open()
    await cluster.refresh(["t"])
    broker.script(ApiKey.ListOffsets, () => "close")
    const error = await failure(cluster.call({ api: ListOffsets, value: noTopics }))
    expect(error).toMatchObject({ code: "CONNECTION_CLOSED", retriable: true })
    expect(error.message).toContain("1 requests unanswered")
  })

  it("close ends what is under way, and leaves no connection", async () => {
    const cluster = open()
    await cluster.refresh(["t"])
    broker.script(ApiKey.ListOffsets, () => "hang")
    const pending = failure(cluster.call({ api: ListOffsets, value: noTopics }))
    cluster.close()
    expect((await pending).code).toBe("CLOSED")
    expect((await failure(cluster.call({ api: ListOffsets, value: noTopics }))).code).toBe("CLOSED")
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(broker.connectionCount).toBe(0)
  })

  it("close does not wait for a broker that never says what it can do", async () => {
    const cluster = open({ bootstrapServers: await stranger(undefined) })
    const pending = failure(cluster.call({ api: ListOffsets, value: noTopics }))
    await until(() => strangerSockets.length > 0)
    cluster.close()
    expect((await pending).code).toBe("CLOSED")
    await until(() => strangerSockets.every((socket) => socket.closed))
  })

  it("many who want metadata at once share requests", async () => {
    const cluster = open()
    await Promise.all(Array.from({ length: 50 }, () => cluster.topic("t", 1000)))
    expect(broker.requests(ApiKey.Metadata).length).toBeLessThanOrEqual(2)
  })

  it("a coordinator that is not there yet is asked for again", async () => {
    broker.script(ApiKey.FindCoordinator, ({ coordinatorKeys: [key] }) => ({
      coordinators: [
        {
          key,
          nodeId: -1,
          host: "",
          port: -1,
          errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
          errorMessage: null,
        },
      ],
    }))
    expect(await open({ retryBackoffMs: 1 }).findCoordinator("g")).toBe(1)
  })
})
