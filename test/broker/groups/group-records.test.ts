/**
 * Records of `__consumer_offsets`. The bytes were written by the generated classes of Apache Kafka
 * 4.3.1 (kafka-group-coordinator), version prefix included.
 */
import type { GroupImage } from "../../../broker/groups/effects.ts"
import { decodeGroupRecord, encodeGroupRecord } from "../../../broker/groups/group-records.ts"
import { ZERO_UUID } from "../../../protocol/schema.ts"

const offsetKey = "000100076772c3bc7070650007666c696768747300000007"
const groupKey = "000200076772c3bc707065"
const offset = { kind: "offset", groupId: "grüppe", topic: "flights", partition: 7 } as const
const member = {
  clientId: "client",
  clientHost: "/127.0.0.1",
  rebalanceTimeout: 60_000,
  sessionTimeout: 10_000,
}
const image: GroupImage = {
  protocolType: "consumer",
  generation: 9,
  protocol: "range",
  leader: "client-1",
  currentStateTimestamp: 1_700_000_000_000,
  members: [
    {
      ...member,
      memberId: "client-1",
      groupInstanceId: "one",
      subscription: Buffer.from("sub"),
      assignment: Buffer.from("assigned"),
    },
    {
      ...member,
      memberId: "client-2",
      groupInstanceId: null,
      subscription: Buffer.alloc(0),
      assignment: Buffer.alloc(0),
    },
  ],
}
const committed = {
  offset: 1_234_567_890_123,
  leaderEpoch: 5,
  metadata: "note",
  committedAtMs: 1_700_000_000_000,
  expiresAtMs: -1,
  topicId: "kQ6rB0TXQ1a1b2c3d4e5fA",
}
const old = { ...committed, offset: 42, topicId: ZERO_UUID }

const hex = (bytes: Buffer | null) => bytes?.toString("hex") ?? null
const read = (key: string, value: string) =>
  decodeGroupRecord(Buffer.from(key, "hex"), Buffer.from(value, "hex"))

describe("records of groups", () => {
  it("are the bytes Kafka writes", () => {
    const record = encodeGroupRecord({ kind: "group", groupId: "grüppe", image })
    expect(hex(record.key)).toBe(groupKey)
    expect(hex(record.value)).toBe(
      "00030008636f6e73756d657200000009000572616e67650008636c69656e742d310000018bcfe56800" +
        "000000020008636c69656e742d3100036f6e650006636c69656e74000a2f3132372e302e302e31" +
        "0000ea6000002710000000037375620000000861737369676e6564" +
        "0008636c69656e742d32ffff0006636c69656e74000a2f3132372e302e302e31" +
        "0000ea60000027100000000000000000",
    )
  })

  it("of an empty group have no protocol and no leader", () => {
    const empty = { ...image, generation: 10, protocol: null, leader: null, members: [] }
    const { value } = encodeGroupRecord({ kind: "group", groupId: "g", image: empty })
    const bytes = "00030008636f6e73756d65720000000affffffff0000018bcfe5680000000000"
    expect(hex(value)).toBe(bytes)
    expect(read(groupKey, bytes)).toEqual({
      ok: true,
      record: { kind: "group", groupId: "grüppe", image: empty },
    })
  })

  it("come back as they were, with bytes of their own", () => {
    const { key, value } = encodeGroupRecord({ kind: "group", groupId: "grüppe", image })
    const decoded = decodeGroupRecord(key, value)
    value!.fill(0)
    expect(decoded).toEqual({ ok: true, record: { kind: "group", groupId: "grüppe", image } })
  })

  it("of version 1 have no time of the state and no instance ids", () => {
    const bytes =
      "00010008636f6e73756d657200000009000572616e67650008636c69656e742d32000000010008636c69656e" +
      "742d320006636c69656e74000a2f3132372e302e302e310000ea60000027100000000000000000"
    expect(read(groupKey, bytes)).toEqual({
      ok: true,
      record: {
        kind: "group",
        groupId: "grüppe",
        image: {
          ...image,
          leader: "client-2",
          currentStateTimestamp: -1,
          members: [image.members[1]],
        },
      },
    })
  })

  it("without value are tombstones", () => {
    const { key, value } = encodeGroupRecord({ kind: "group", groupId: "g", image: null })
    expect(value).toBeNull()
    expect(decodeGroupRecord(key, value)).toEqual({
      ok: true,
      record: { kind: "group", groupId: "g", image: null },
    })
  })
})

describe("records of committed offsets", () => {
  it("are the bytes Kafka writes", () => {
    const { key, value } = encodeGroupRecord({ ...offset, committed })
    expect(hex(key)).toBe(offsetKey)
    expect(hex(value)).toBe(
      "00040000011f71fb04cb00000005056e6f74650000018bcfe56800" +
        "010010910eab0744d74356b56f67377787b97c",
    )
    expect(decodeGroupRecord(key, value)).toEqual({ ok: true, record: { ...offset, committed } })
  })

  it("have no topic id where none is known", () => {
    const nothing = { ...old, offset: 0, leaderEpoch: -1, metadata: "" }
    expect(hex(encodeGroupRecord({ ...offset, committed: nothing }).value)).toBe(
      "00040000000000000000ffffffff010000018bcfe5680000",
    )
  })

  it("are of version 1 when the client chose their expiry", () => {
    const expiring = { ...old, leaderEpoch: -1, expiresAtMs: 1_700_000_099_000 }
    const { value } = encodeGroupRecord({ ...offset, committed: expiring })
    const bytes = "0001000000000000002a00046e6f74650000018bcfe568000000018bcfe6eab8"
    expect(hex(value)).toBe(bytes)
    expect(read(offsetKey, bytes)).toEqual({
      ok: true,
      record: { ...offset, committed: expiring },
    })
  })

  it("of version 3 are read", () => {
    expect(read(offsetKey, "0003000000000000002a0000000500046e6f74650000018bcfe56800")).toEqual({
      ok: true,
      record: { ...offset, committed: old },
    })
  })
})

describe("records of other kinds", () => {
  it.each([
    ["a key of a newer kind", "000300000000", "0000"],
    ["a value of a newer version", offsetKey, "0063"],
    ["a value that is cut short", offsetKey, "000300000000"],
    ["a key that is cut short", "00010007", "0003"],
    ["a key without type", "00", "0003"],
  ])("are not read: %s", (_name, key, value) => {
    expect(read(key, value)).toMatchObject({ ok: false })
  })
})
