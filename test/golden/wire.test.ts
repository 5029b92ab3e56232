/**
 * Frames that real clients and a real Kafka exchanged: decoded and encoded again, byte for byte.
 * `test/golden/capture/` made them; each file names the client and the broker.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { apis } from "../../protocol/apis.ts"
import { decoder, encoder } from "../../protocol/compile.ts"
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../protocol/embedded/consumer-protocol.ts"
import {
  beginRequest,
  beginResponse,
  finishFrame,
  readRequestHeader,
  readResponseHeader,
} from "../../protocol/frame.ts"
import { JoinGroupRequest } from "../../protocol/messages/join-group.ts"
import { SyncGroupRequest } from "../../protocol/messages/sync-group.ts"
import { Reader } from "../../protocol/reader.ts"
import type { Message } from "../../protocol/schema.ts"
import { Writer } from "../../protocol/writer.ts"
import { slowEncode } from "../protocol/oracle.ts"

interface Exchange {
  readonly api: number
  readonly version: number
  readonly request: string
  readonly response: string
}

const folder = join(__dirname, "wire")
const captures = readdirSync(folder).map((file) => {
  const { origin, exchanges } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
    origin: { client: string }
    exchanges: Exchange[]
  }
  return { client: origin.client, exchanges }
})
const everyExchange = captures.flatMap(({ exchanges }) => exchanges)

const reader = new Reader()
const writer = new Writer()

function finished(): string {
  return Buffer.concat(finishFrame(writer) as Uint8Array[]).toString("hex", 4)
}

/** librdkafka 2.15 asks for all topics with three bytes behind the message. Kafka leaves unread
 *  what follows a request, and so does the router. */
const trailing = "010000"
const hasTrailing = (api: number, version: number, client: string) =>
  api === 3 && version === 13 && client.includes("librdkafka 2.15")

function body(message: Message, version: number, end: number): Record<string, unknown> {
  const at = reader.position
  const value = decoder(message, version)(reader) as Record<string, unknown>
  expect(reader.position).toBe(end)
  const bytes = reader.bytes.subarray(at, end)
  expect(slowEncode(message, version, value).toString("hex")).toBe(bytes.toString("hex"))
  return value
}

describe.each(captures)("frames of $client", ({ client, exchanges }) => {
  const rows = exchanges.map((exchange, index) => {
    return { ...exchange, index, name: apis.get(exchange.api)?.name }
  })

  it.each(rows)("$name v$version ($index): request", ({ api, version, request }) => {
    const isLonger = hasTrailing(api, version, client) && request.endsWith(trailing)
    const expected = isLonger ? request.slice(0, -trailing.length) : request
    reader.reset(Buffer.from(request, "hex"))
    const header = readRequestHeader(reader)
    expect([header.apiKey, header.apiVersion]).toEqual([api, version])
    const message = apis.get(api)!.request
    const value = body(message, version, expected.length / 2)
    beginRequest(writer, header)
    encoder(message, version)(writer, value as never)
    expect(finished()).toBe(expected)
  })

  it.each(rows)("$name v$version ($index): response", ({ api, version, response }) => {
    reader.reset(Buffer.from(response, "hex"))
    const correlationId = readResponseHeader(reader, api, version)
    const message = apis.get(api)!.response
    const value = body(message, version, response.length / 2)
    beginResponse(writer, correlationId, api, version)
    encoder(message, version)(writer, value as never)
    expect(finished()).toBe(response)
  })
})

describe("what consumers tell each other", () => {
  it("subscriptions in JoinGroup are read and written back", () => {
    const seen = new Set<number>()
    for (const { metadata } of membershipBytes(JoinGroupRequest, "protocols")) {
      const version = metadata!.readInt16BE(0)
      const value = decodeSubscription(metadata!)
      const again = encodeSubscription(value, version)
      const isShort = value.topics[0] === "platformatic-topic"
      const expected = `${metadata!.toString("hex")}${isShort ? "00000000" : ""}`
      expect(again.toString("hex")).toBe(expected)
      seen.add(version)
    }
    expect([...seen].sort()).toEqual([0, 1, 3])
  })
  it("assignments in SyncGroup are read and written back", () => {
    let count = 0
    for (const { assignment } of membershipBytes(SyncGroupRequest, "assignments")) {
      count++
      const again = encodeAssignment(decodeAssignment(assignment!), assignment!.readInt16BE(0))
      expect(again.toString("hex")).toBe(assignment!.toString("hex"))
    }
    expect(count).toBeGreaterThan(2)
  })
})

function* membershipBytes(message: Message, field: string): Generator<Record<string, Buffer>> {
  for (const { api, version, request } of everyExchange) {
    if (api !== message.api) continue
    reader.reset(Buffer.from(request, "hex"))
    readRequestHeader(reader)
    const value = decoder(message, version)(reader) as Record<string, Record<string, Buffer>[]>
    yield* value[field]!
  }
}
