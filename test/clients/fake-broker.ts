/**
 * A broker for tests of the clients: speaks the real protocol over TCP, keeps partitions in memory,
 * checks sequence numbers the way Kafka does, and fails on demand. A script takes one request of an
 * API each; when it is used up, the broker behaves well again.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { ApiKey, apis } from "../../protocol/apis.ts"
import { decoder, encoder } from "../../protocol/compile.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import { beginResponse, finishFrame, readRequestHeader } from "../../protocol/frame.ts"
import type { ProduceRequest } from "../../protocol/messages/produce.ts"
import { Reader } from "../../protocol/reader.ts"
import * as batch from "../../protocol/records/batch.ts"
import { Writer } from "../../protocol/writer.ts"
import { FakeLog } from "./fake-log.ts"

// biome-ignore lint/suspicious/noExplicitAny: requests and replies of all APIs
type Body = any

/** What happens to one request: a reply, nothing ever, or the end of the connection. */
export type Behaviour = (request: Body, version: number) => Body | "hang" | "close" | Promise<Body>

/** A request as it came. */
export interface Seen {
  readonly apiKey: number
  readonly version: number
  readonly request: Body
}

/** One broker that leads everything. */
export class FakeBroker {
  readonly seen: Seen[] = []
  readonly logs = new Map<string, FakeLog>()
  readonly topics = new Map<string, number>()
  /** Highest version announced, by API key, where it is not the newest. */
  readonly maxVersions = new Map<number, number>()
  nextProducerId = 1000
  readonly #scripts = new Map<number, Behaviour[]>()
  readonly #always = new Map<number, Behaviour>()
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #port = 0

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  /** Starts one with these topics (name -> number of partitions). */
  static async start(topics: Readonly<Record<string, number>> = { t: 1 }): Promise<FakeBroker> {
    const broker = new FakeBroker()
    for (const [name, count] of Object.entries(topics)) broker.topics.set(name, count)
    await new Promise<void>((resolve) => broker.#server.listen(0, "127.0.0.1", resolve))
    broker.#port = (broker.#server.address() as AddressInfo).port
    return broker
  }

  get bootstrapServers(): string {
    return `127.0.0.1:${this.#port}`
  }

  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Takes the next requests of an API, one behaviour each. */
  script(apiKey: number, ...behaviours: Behaviour[]): void {
    this.#scripts.set(apiKey, [...(this.#scripts.get(apiKey) ?? []), ...behaviours])
  }

  /** Takes all requests of an API, after its script. */
  always(apiKey: number, behaviour: Behaviour | undefined): void {
    if (behaviour === undefined) this.#always.delete(apiKey)
    else this.#always.set(apiKey, behaviour)
  }

  /** Requests of one API, in order. */
  requests(apiKey: number): Body[] {
    return this.seen.filter((seen) => seen.apiKey === apiKey).map(({ request }) => request)
  }

  log(topic: string, partition = 0): FakeLog {
    const name = `${topic}-${partition}`
    let log = this.logs.get(name)
    if (log === undefined) this.logs.set(name, (log = new FakeLog()))
    return log
  }

  /** Ends all connections; new ones are accepted. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.dropConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The well-behaved answer to a produce request: batches appended. */
  produce(request: ProduceRequest): Body {
    return {
      responses: request.topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index, records }) => ({
          index,
          ...this.log(name, index).append(records!),
        })),
      })),
    }
  }

  /** A produce answer with one error for all partitions; nothing is appended. */
  refuse(request: ProduceRequest, errorCode: number): Body {
    return {
      responses: request.topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index }) => ({
          index,
          errorCode,
          baseOffset: -1,
        })),
      })),
    }
  }

  /** Answers a fetch from the logs; an empty answer when there is nothing. */
  fetch(request: Body): Body {
    const responses = request.topics.map(({ topic, partitions }: Body) => ({
      topic,
      partitions: partitions.map(({ partition, fetchOffset }: Body) => {
        const log = this.log(topic, partition)
        const isOutside = fetchOffset < log.startOffset || fetchOffset > log.endOffset
        return {
          partitionIndex: partition,
          errorCode: isOutside ? ErrorCode.OFFSET_OUT_OF_RANGE : 0,
          highWatermark: log.endOffset,
          lastStableOffset: log.endOffset,
          abortedTransactions: null,
          records: isOutside ? Buffer.alloc(0) : log.read(fetchOffset),
        }
      }),
    }))
    return { responses, sessionId: 0 }
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("close", () => this.#sockets.delete(socket))
    socket.on("error", () => {})
    let received = Buffer.alloc(0)
    let turn = Promise.resolve()
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      while (received.length >= 4 && received.length >= received.readInt32BE(0) + 4) {
        const frame = Buffer.from(received.subarray(4, received.readInt32BE(0) + 4))
        received = received.subarray(frame.length + 4)
        turn = turn.then(() => this.#handle(socket, frame))
      }
    })
  }

  async #handle(socket: Socket, frame: Buffer): Promise<void> {
    const reader = new Reader().reset(frame)
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader)
    const api = apis.get(apiKey)!
    const isTooNew = apiVersion > (this.maxVersions.get(apiKey) ?? api.request.versions[1])
    const request = isTooNew ? {} : decoder(api.request, apiVersion)(reader)
    this.seen.push({ apiKey, version: apiVersion, request })
    const scripted = this.#scripts.get(apiKey)?.shift() ?? this.#always.get(apiKey)
    const answer = isTooNew
      ? { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [] }
      : await (scripted ?? this.#defaults(apiKey))(request, apiVersion)
    if (answer === "close") socket.destroy()
    // Whatever stands behind a request that hangs gets no answer either: replies keep the order.
    else if (answer === "hang") await new Promise((resolve) => socket.on("close", resolve))
    else if (answer !== undefined) {
      const version = isTooNew ? 0 : apiVersion
      const writer = new Writer()
      beginResponse(writer, correlationId, apiKey, version)
      encoder(api.response, version)(writer, answer)
      for (const part of finishFrame(writer)) socket.write(part as Uint8Array)
    }
  }

  #defaults(apiKey: number): Behaviour {
    const port = this.#port
    const me = { nodeId: 1, host: "127.0.0.1", port }
    const answers: Record<number, Behaviour> = {
      [ApiKey.ApiVersions]: () => ({ errorCode: 0, apiKeys: this.#versions() }),
      [ApiKey.Metadata]: ({ topics }) => ({
        brokers: [me],
        clusterId: "fake",
        controllerId: 1,
        topics: (topics ?? [...this.topics.keys()].map((name) => ({ name }))).map(this.#topic),
      }),
      [ApiKey.FindCoordinator]: ({ coordinatorKeys }) => ({
        coordinators: coordinatorKeys.map((key: string) => ({
          ...me,
          key,
          errorCode: 0,
          errorMessage: null,
        })),
      }),
      [ApiKey.InitProducerId]: () => ({
        errorCode: 0,
        producerId: this.nextProducerId++,
        producerEpoch: 0,
      }),
      [ApiKey.Produce]: (request) =>
        request.acks === 0 ? void this.produce(request) : this.produce(request),
      [ApiKey.Fetch]: (request) => this.fetch(request),
      [ApiKey.ListOffsets]: (request) => this.#listOffsets(request),
    }
    const answer = answers[apiKey]
    if (answer === undefined) throw new Error(`the fake broker has no answer for API ${apiKey}`)
    return answer
  }

  #versions(): Body[] {
    return [...apis.values()].map(({ key: apiKey, request }) => ({
      apiKey,
      minVersion: request.versions[0],
      maxVersion: this.maxVersions.get(apiKey) ?? request.versions[1],
    }))
  }

  readonly #topic = ({ name }: { name: string }): Body => {
    const count = this.topics.get(name)
    const partitions = Array.from({ length: count ?? 0 }, (_, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 1,
      leaderEpoch: 0,
      replicaNodes: [1],
      isrNodes: [1],
    }))
    const errorCode = count === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : 0
    return { errorCode, name, partitions }
  }

  #listOffsets(request: Body): Body {
    const topics = request.topics.map(({ name, partitions }: Body) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }: Body) => {
        const log = this.log(name, partitionIndex)
        const offset =
          timestamp === -2
            ? log.startOffset
            : timestamp === -1
              ? log.endOffset
              : log.offsetAt(timestamp)
        return { partitionIndex, errorCode: 0, offset }
      }),
    }))
    return { topics }
  }
}

/** Number of records in the produce requests a broker has seen, as the batches say. */
export function recordCounts(broker: FakeBroker): number[] {
  return broker
    .requests(ApiKey.Produce)
    .flatMap(({ topicData }) =>
      topicData.flatMap(({ partitionData }: Body) =>
        partitionData.map(({ records }: Body) => batch.recordCount(records, 0)),
      ),
    )
}
