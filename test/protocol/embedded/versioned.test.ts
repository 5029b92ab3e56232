/** Values carried inside other bytes: versions in front, newer ones, damage. */
import {
  GroupMetadataKey,
  OffsetCommitKey,
  OffsetCommitValue,
} from "../../../protocol/embedded/consumer-offsets.ts"
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../../protocol/embedded/consumer-protocol.ts"
import { TransactionLogValue } from "../../../protocol/embedded/transaction-state.ts"
import { decodeVersioned, encodeVersioned } from "../../../protocol/embedded/versioned.ts"
import { DecodeError } from "../../../protocol/reader.ts"
import type { Message } from "../../../protocol/schema.ts"
import { Dice, randomMessage, slowEncode } from "../oracle.ts"

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex")

describe("versioned values", () => {
  it.each([OffsetCommitKey, OffsetCommitValue, GroupMetadataKey, TransactionLogValue] as Message[])(
    "$name: every version is written as the interpreter does, and read back",
    (message) => {
      const dice = new Dice(7)
      for (let version = message.versions[0]; version <= message.versions[1]; version++) {
        for (let round = 0; round < 20; round++) {
          const value = randomMessage(message, version, dice)
          const bytes = encodeVersioned(message, version, value as never)
          expect(bytes.readInt16BE(0)).toBe(version)
          expect(bytes.subarray(2)).toEqual(slowEncode(message, version, value))
          expect(decodeVersioned(message, bytes)).toEqual(value)
        }
      }
    },
  )
  it("a committed offset has the bytes that Kafka writes", () => {
    const key = { group: "g", topic: "t", partition: 3 }
    expect(encodeVersioned(OffsetCommitKey, 1, key)).toEqual(hex("0001 0001 67 0001 74 00000003"))
    const value = { offset: 5, metadata: "", commitTimestamp: 1 }
    expect(encodeVersioned(OffsetCommitValue, 3, value)).toEqual(
      hex("0003 0000000000000005 ffffffff 0000 0000000000000001"),
    )
  })
  it("a transaction has its tags ascending, not in the order of the fields", () => {
    const bytes = encodeVersioned(TransactionLogValue, 1, {
      producerId: 1,
      previousProducerId: 2,
      producerEpoch: 0,
      nextProducerEpoch: 4,
      transactionTimeoutMs: 5,
      transactionStatus: 0,
      transactionPartitions: null,
      transactionLastUpdateTimestampMs: 6,
      transactionStartTimestampMs: 7,
      clientTransactionVersion: 2,
    })
    const tags = "03 00 08 0000000000000002 02 02 0002 03 02 0004"
    expect(bytes.toString("hex")).toContain(tags.replaceAll(" ", ""))
  })
  it.each([
    ["nothing", ""],
    ["a version alone", "0003"],
    ["a version that is not known", "0009 0000000000000005"],
    ["a negative version", "ffff 0000000000000005"],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeVersioned(OffsetCommitValue, hex(bytes))).toThrow(DecodeError)
  })
})

describe("consumer protocol", () => {
  const subscription = {
    topics: ["a", "b"],
    userData: null,
    ownedPartitions: [{ topic: "a", partitions: [0, 1] }],
    generationId: 4,
    rackId: "r",
  }
  it("a subscription keeps what its version has", () => {
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
    expect(decodeSubscription(encodeSubscription(subscription, 1))).toEqual({
      ...subscription,
      generationId: -1,
      rackId: null,
    })
  })
  it("a newer version is read as the newest known", () => {
    const newer = Buffer.concat([encodeSubscription(subscription), hex("0102")])
    newer.writeInt16BE(4)
    expect(decodeSubscription(newer)).toEqual(subscription)
  })
  it("a subscription that ends like v0 is read as v0, whatever it says", () => {
    const short = encodeSubscription(subscription, 0)
    short.writeInt16BE(1)
    expect(decodeSubscription(short)).toMatchObject({ topics: ["a", "b"], ownedPartitions: [] })
  })
  it.each(["", "0000", "0000 7fffffff", "0000 00000001 0009 61"])("refuses %s", (bytes) => {
    expect(() => decodeSubscription(hex(bytes))).toThrow(DecodeError)
  })
  it("an assignment is read back", () => {
    const assignment = {
      assignedPartitions: [{ topic: "a", partitions: [0] }],
      userData: Buffer.from("u"),
    }
    expect(decodeAssignment(encodeAssignment(assignment, 0))).toEqual(assignment)
  })
})
