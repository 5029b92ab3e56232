/** AlterConfigs and IncrementalAlterConfigs: topics change durably, each whole or not at all. */
import { ErrorCode } from "../../../protocol/errors.ts"
import { BrokerWorld } from "../../support/broker-world.ts"
import { AdminClient, BROKER, TOPIC } from "./admin-client.ts"

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const
let world: BrokerWorld
let admin: AdminClient

beforeAll(async () => {
  world = await BrokerWorld.open()
  admin = new AdminClient(world)
})
beforeEach(async () => {
  await admin.create("t")
  await admin.replace("t", { "retention.ms": "50", "segment.ms": "60" })
})
afterAll(() => world.close())

const configs = () => admin.configsOf("t", "retention.ms", "segment.ms", "cleanup.policy")
const initial = { "retention.ms": "50", "segment.ms": "60", "cleanup.policy": "delete" }

describe("single changes", () => {
  it("of two clients at the same time are both made", async () => {
    const other = new AdminClient(world)
    const changes = [
      admin.alter("t", [["retention.ms", SET, "1"]]),
      other.alter("t", [["segment.ms", SET, "2"]]),
    ]
    for (const changed of await Promise.all(changes)) expect(changed.errorCode).toBe(0)
    expect(await configs()).toMatchObject({ "retention.ms": "1", "segment.ms": "2" })
  })

  it("set and delete what they name and leave the rest", async () => {
    const changed = await admin.alter("t", [
      ["retention.ms", SET, "99"],
      ["segment.ms", DELETE, null],
    ])
    expect(changed).toEqual({
      errorCode: 0,
      errorMessage: null,
      resourceType: TOPIC,
      resourceName: "t",
    })
    expect(await configs()).toEqual({
      "retention.ms": "99",
      "segment.ms": "604800000",
      "cleanup.policy": "delete",
    })
  })

  it("add to and take from lists, starting from the default, down to none", async () => {
    const policy = async () => (await configs())["cleanup.policy"]
    await admin.alter("t", [["cleanup.policy", APPEND, "compact,delete"]])
    expect(await policy()).toBe("delete,compact")
    await admin.alter("t", [["cleanup.policy", SUBTRACT, "delete"]])
    expect(await policy()).toBe("compact")
    expect((await admin.alter("t", [["cleanup.policy", SUBTRACT, "compact"]])).errorCode).toBe(0)
    expect(await policy()).toBe("")
  })

  it("that delete what nobody knows are harmless", async () => {
    expect((await admin.alter("t", [["nope", DELETE, null]])).errorCode).toBe(0)
    expect(await configs()).toEqual(initial)
  })

  it("reach the logs at once", async () => {
    await admin.alter("t", [["max.message.bytes", SET, "100"]])
    await expect(admin.produce("t", Array(100).fill(1_704_067_200_000))).rejects.toThrow()
  })

  it("survive a crash", async () => {
    await admin.alter("t", [["retention.ms", SET, "77"]])
    await world.restartAfter("crash")
    admin = new AdminClient(world)
    expect(await configs()).toMatchObject({ "retention.ms": "77", "segment.ms": "60" })
  })

  it("are only checked when asked so", async () => {
    expect((await admin.alter("t", [["retention.ms", SET, "1"]], true)).errorCode).toBe(0)
    expect((await admin.alter("t", [["retention.ms", SET, "x"]], true)).errorCode).toBe(
      ErrorCode.INVALID_CONFIG,
    )
    expect(await configs()).toEqual(initial)
  })
})

describe("single changes are refused, all of a resource", () => {
  const { INVALID_CONFIG, INVALID_REQUEST } = ErrorCode
  it.each([
    [["nope", SET, "1"], INVALID_CONFIG, /Unknown topic config name: nope/],
    [["segment.ms", SET, "x"], INVALID_CONFIG, /Invalid value x for configuration segment.ms/],
    [["segment.ms", SET, null], INVALID_REQUEST, /Null value not supported for : segment.ms/],
    [
      ["segment.ms", APPEND, "1"],
      INVALID_CONFIG,
      /Can't APPEND to key segment.ms because its type/,
    ],
    [["nope", SUBTRACT, "1"], INVALID_CONFIG, /Can't SUBTRACT to key nope/],
    [["segment.ms", 9, "1"], INVALID_REQUEST, /Unknown operation 9/],
    [["retention.ms", SET, "2"], INVALID_REQUEST, /duplicate config keys/],
  ] as const)("%j", async (change, errorCode, message) => {
    const refused = await admin.alter("t", [["retention.ms", SET, "1"], [...change]])
    expect(refused.errorCode).toBe(errorCode)
    expect(refused.errorMessage).toMatch(message)
    expect(await configs()).toEqual(initial)
  })

  it("of a resource that stands twice in the request", async () => {
    const set = (value: string) => ({
      resourceType: TOPIC,
      resourceName: "t",
      configs: [{ name: "retention.ms", configOperation: SET, value }],
    })
    const answers = await admin.alterAll([set("1"), set("2")])
    expect(answers).toHaveLength(2)
    for (const { errorCode, errorMessage } of answers) {
      expect(errorCode).toBe(INVALID_REQUEST)
      expect(errorMessage).toBe("Each resource must appear at most once.")
    }
    expect(await configs()).toEqual(initial)
  })

  it.each([
    [TOPIC, "zz", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, /The topic 'zz' does not exist/],
    [BROKER, "1", INVALID_REQUEST, /Cannot update these configs dynamically: \[log.retention.ms\]/],
    [BROKER, "9", INVALID_REQUEST, /Unexpected broker id, expected 1/],
    [BROKER, "x", INVALID_REQUEST, /must be an integer/],
    [99, "x", INVALID_REQUEST, /Unknown resource type 99/],
  ])("of resource type %d named %s", async (resourceType, resourceName, errorCode, message) => {
    const configs = [{ name: "log.retention.ms", configOperation: SET, value: "1" }]
    const [refused] = await admin.alterAll([{ resourceType, resourceName, configs }])
    expect(refused!.errorCode).toBe(errorCode)
    expect(refused!.errorMessage).toMatch(message)
  })
})

describe("replacing all configs", () => {
  it("sets what is named and gives the rest its default", async () => {
    expect((await admin.replace("t", { "segment.ms": "7" })).errorCode).toBe(0)
    expect(await configs()).toEqual({
      "retention.ms": "604800000",
      "segment.ms": "7",
      "cleanup.policy": "delete",
    })
  })

  it.each([
    [{ nope: "1" }, ErrorCode.INVALID_CONFIG],
    [{ "segment.ms": null }, ErrorCode.INVALID_REQUEST],
    [{ "segment.ms": "x" }, ErrorCode.INVALID_CONFIG],
  ])("is refused with %j", async (wanted, errorCode) => {
    expect((await admin.replace("t", wanted)).errorCode).toBe(errorCode)
    expect(await configs()).toEqual(initial)
  })

  it("is only checked when asked so", async () => {
    expect((await admin.replace("t", {}, true)).errorCode).toBe(0)
    expect(await configs()).toEqual(initial)
  })
})
