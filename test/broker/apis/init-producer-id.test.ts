/** InitProducerId: ids for idempotent producers. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { InitProducerIdResponse } from "../../../protocol/messages/init-producer-id.ts"
import { BrokerWorld } from "../../support/broker-world.ts"

let world: BrokerWorld

beforeAll(async () => {
  world = await BrokerWorld.open()
})
afterAll(() => world.close())

const init = (version: number, more: object = {}) =>
  world.connect().call<InitProducerIdResponse>(ApiKey.InitProducerId, version, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    ...more,
  })

describe("an idempotent producer", () => {
  it("gets an id of its own with epoch 0, in every version", async () => {
    const ids = new Set<number>()
    for (let version = 0; version <= 5; version++) {
      const reply = await init(version)
      expect(reply).toMatchObject({ errorCode: 0, producerEpoch: 0 })
      expect(reply.producerId).toBeGreaterThanOrEqual(0)
      ids.add(reply.producerId)
    }
    expect(ids.size).toBe(6)
  })

  it("gets a new one even when it says it has one", async () => {
    const { producerId } = await init(4)
    const again = await init(4, { producerId, producerEpoch: 3 })
    expect(again).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(again.producerId).not.toBe(producerId)
  })

  it.each(["crash", "kill", "close"] as const)("never gets one from before a %s", async (end) => {
    const before = (await init(4)).producerId
    await world.restartAfter(end)
    expect((await init(4)).producerId).toBeGreaterThan(before)
  })
})

describe("refused", () => {
  it.each([
    ["an id without epoch", { producerId: 5 }, ErrorCode.INVALID_REQUEST],
    ["an epoch without id", { producerEpoch: 5 }, ErrorCode.INVALID_REQUEST],
    ["an empty transactional id", { transactionalId: "" }, ErrorCode.INVALID_REQUEST],
    ["transactions", { transactionalId: "tx" }, ErrorCode.UNSUPPORTED_VERSION],
  ])("%s", async (_name, asked, errorCode) => {
    expect(await init(4, asked)).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 })
  })
})
