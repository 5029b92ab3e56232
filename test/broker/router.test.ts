/** Frames that are not understood, and ApiVersions, which always is. */
import { ApiKey, apis } from "../../protocol/apis.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import type { ApiVersionsResponse } from "../../protocol/messages/api-versions.ts"
import { BrokerWorld, type SimulatedClient } from "../support/broker-world.ts"
import { decodeReply } from "../support/raw-client.ts"

describe("router", () => {
  let world: BrokerWorld
  let client: SimulatedClient

  beforeEach(async () => {
    world = await BrokerWorld.open()
    client = world.connect()
  })
  afterEach(() => world.close())

  async function expectServing() {
    expect(await world.connect().call(ApiKey.ApiVersions, 0, {})).toMatchObject({ errorCode: 0 })
  }

  it.each([
    ["an unknown API", "7abc000000000001ffff"],
    ["a negative API key", "ffff000000000001ffff"],
    ["a version above the range", "0003006300000001ffff"],
    ["a negative version", "0003ffff00000001ffff"],
    ["an empty frame", ""],
    ["half a header", "000300"],
    ["a client id longer than the frame", "00030001000000017fff6162"],
    ["a body that ends early", "0003000400000001ffff0000"],
    ["a list longer than the frame", "0003000100000001ffff7fffffff"],
    ["a negative list that may not be null", "0000000300000001ffffffff00010000000af0000000"],
  ])("%s closes the connection and nothing else", async (_, hex) => {
    client.peer.sendFrame(Buffer.from(hex, "hex"))
    expect(await client.waitForClose()).toBe(true)
    await expectServing()
  })

  it("more elements than any honest request has close the connection", async () => {
    const count = 100_001
    const request = Buffer.alloc(15 + 2 * count)
    request.writeInt16BE(ApiKey.Metadata, 0)
    request.writeInt16BE(1, 2)
    request.writeInt16BE(-1, 8)
    request.writeInt32BE(count, 10)
    client.peer.sendFrame(request)
    expect(await client.waitForClose()).toBe(true)
    await expectServing()
  })

  it("replies of earlier requests still leave before the connection closes", async () => {
    client.send(ApiKey.ApiVersions, 0, {})
    client.peer.sendFrame(Buffer.from("7abc000000000001ffff", "hex"))
    expect(await client.waitForClose()).toBe(true)
    expect(client.takeReplies()).toHaveLength(1)
  })

  it.each([0, 1, 2, 3, 4])("ApiVersions version %i lists what is served", async (version) => {
    const software = { clientSoftwareName: "test", clientSoftwareVersion: "1.0" }
    const reply = await client.call<ApiVersionsResponse>(ApiKey.ApiVersions, version, software)
    expect(reply.errorCode).toBe(0)
    const versions = new Map(reply.apiKeys.map((api) => [api.apiKey, api]))
    expect(versions.get(ApiKey.Produce)).toMatchObject({ minVersion: 0, maxVersion: 13 })
    expect(versions.get(ApiKey.Fetch)).toMatchObject({ minVersion: 4, maxVersion: 18 })
    expect(versions.get(ApiKey.ApiVersions)).toMatchObject({ minVersion: 0, maxVersion: 4 })
    for (const key of versions.keys()) expect(apis.has(key)).toBe(true)
  })

  it.each([5, 99, 32767])("ApiVersions version %i gets version 0 and error 35", async (version) => {
    const request = Buffer.alloc(14)
    request.writeInt16BE(ApiKey.ApiVersions, 0)
    request.writeInt16BE(version, 2)
    request.writeInt32BE(77, 4)
    client.peer.sendFrame(request)
    const frame = await client.nextFrame()
    expect(frame.readInt32BE(0)).toBe(77)
    const reply = decodeReply<ApiVersionsResponse>(frame, ApiKey.ApiVersions, 0)
    expect(reply.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
    expect(reply.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 4 }])
    await expectServing()
  })

  it.each(["", "a b", "-x", "x\n"])("the software name %j is INVALID_REQUEST", async (name) => {
    const software = { clientSoftwareName: name, clientSoftwareVersion: "1.0" }
    const reply = await client.call(ApiKey.ApiVersions, 3, software)
    expect(reply).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST })
  })

  it("FindCoordinator names this broker for groups and transactions, one or many", async () => {
    for (const version of [0, 1, 2, 3]) {
      const reply = await client.call(ApiKey.FindCoordinator, version, { key: "g", keyType: 0 })
      expect(reply).toMatchObject({ errorCode: 0, nodeId: 1, port: world.broker.port })
    }
    for (const version of [4, 5, 6]) {
      const body = { keyType: 1, coordinatorKeys: ["a", "b"] }
      const reply = await client.call(ApiKey.FindCoordinator, version, body)
      expect(reply).toMatchObject({
        coordinators: [
          { key: "a", nodeId: 1, errorCode: 0, host: "127.0.0.1" },
          { key: "b", nodeId: 1, errorCode: 0, host: "127.0.0.1" },
        ],
      })
    }
    const share = { keyType: 2, coordinatorKeys: ["a"] }
    expect(await client.call(ApiKey.FindCoordinator, 6, share)).toMatchObject({
      coordinators: [{ key: "a", nodeId: -1, errorCode: ErrorCode.INVALID_REQUEST }],
    })
  })
})
