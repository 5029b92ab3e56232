/**
 * Our messages against Kafka's own definitions, field by field: name, order, type, versions, null,
 * tag, default. Two things are ours on purpose: the range of an InitProducerId that is not final is
 * kept but not served, and the default 2^63 - 1 of one int64 is the largest exact number here.
 */
import { apis } from "../../protocol/apis.ts"
import * as consumerOffsets from "../../protocol/embedded/consumer-offsets.ts"
import * as consumerProtocol from "../../protocol/embedded/consumer-protocol.ts"
import * as transactionState from "../../protocol/embedded/transaction-state.ts"
import type { Field, Fields, Message } from "../../protocol/schema.ts"
import { describeWith, jarFolder } from "../support/peers.ts"
import { type KafkaField, type KafkaMessage, kafkaMessages } from "./jar.ts"
import { defaultOf } from "./oracle.ts"
import { allMessages } from "./support.ts"

const clients = kafkaMessages("clients")
const missing = `no Kafka jars in ${jarFolder}: run test/compat/install.sh`

type Range = readonly [number, number]

/** A field as both sides can be brought to say it, for the versions of its surroundings. */
interface Line {
  readonly path: string
  readonly type: string
  readonly versions: Range
  readonly nullable: Range | null
  readonly tag: number | null
  readonly default: unknown
}

function parseRange(text: string | undefined): Range | undefined {
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text ?? "")
  if (match === null) return undefined
  const first = Number(match[1])
  return [first, match[2] === "+" ? Number.POSITIVE_INFINITY : Number(match[3] ?? first)]
}

function meet(a: Range, b: Range | undefined): Range | null {
  if (b === undefined) return null
  const met: Range = [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
  return met[0] <= met[1] ? met : null
}

function theirLines(message: KafkaMessage): Line[] {
  const structs = new Map(message.commonStructs?.map((s) => [s.name, s.fields ?? []]))
  const walk = (fields: readonly KafkaField[], within: Range, above: string): Line[] =>
    fields.flatMap((field) => {
      const versions = meet(within, parseRange(field.versions ?? field.taggedVersions))
      if (versions === null) return []
      const path = `${above}.${field.name[0]!.toLowerCase()}${field.name.slice(1)}`
      const element = field.type.replace("[]", "")
      const inner = field.fields ?? structs.get(element)
      const line: Line = {
        path,
        type: inner ? field.type.replace(element, "struct") : field.type,
        versions,
        nullable: meet(versions, parseRange(field.nullableVersions)),
        tag: field.tag ?? null,
        default: theirDefault(field, inner !== undefined && element === field.type),
      }
      return [line, ...(inner ? walk(inner, versions, path) : [])]
    })
  return walk(message.fields, parseRange(message.validVersions)!, "")
}

function theirDefault(field: KafkaField, isStruct: boolean): unknown {
  const given = field.default
  if (given === "null") return null
  if (isStruct) return "struct"
  if (field.type.startsWith("[]")) return []
  switch (field.type) {
    case "string":
      return given ?? ""
    case "bool":
      return String(given ?? false) === "true"
    case "uuid":
      return "AAAAAAAAAAAAAAAAAAAAAA"
    case "bytes":
      return Buffer.alloc(0)
    case "records":
      return null
    default:
      return Math.min(Number(given ?? 0), Number.MAX_SAFE_INTEGER)
  }
}

function ourLines(message: Message): Line[] {
  const walk = (fields: Fields, within: Range, above: string): Line[] =>
    Object.entries(fields).flatMap(([name, field]) => {
      const versions = meet(within, [field.since ?? 0, field.until ?? Number.POSITIVE_INFINITY])
      if (versions === null) throw new Error(`${message.name}${above}.${name} is in no version`)
      const path = `${above}.${name}`
      const inner = field.fields ?? field.of?.fields
      const line: Line = {
        path,
        type: field.kind === "array" ? `[]${field.of!.kind}` : field.kind,
        versions,
        nullable: meet(versions, nullableRange(field)),
        tag: field.tag ?? null,
        default: field.kind === "struct" && field.default !== null ? "struct" : defaultOf(field),
      }
      return [line, ...(inner ? walk(inner, versions, path) : [])]
    })
  return walk(message.fields, message.versions, "")
}

function nullableRange(field: Field): Range | undefined {
  return field.nullable === undefined ? undefined : [field.nullable, Number.POSITIVE_INFINITY]
}

function compare(ours: Message, theirs: KafkaMessage | undefined): void {
  expect(theirs?.name).toBe(ours.name)
  if (theirs === undefined) return
  expect(ours.versions).toEqual(parseRange(theirs.validVersions))
  expect(ours.flexible).toBe(parseRange(theirs.flexibleVersions)?.[0])
  expect(ourLines(ours)).toEqual(theirLines(theirs))
}

describeWith(clients ? undefined : missing)("messages against Kafka's definitions", () => {
  it.each(allMessages.map((m) => [m.name, m] as const))("%s", (name, message) => {
    compare(message, clients?.get(name))
    expect(message.api).toBe(clients?.get(name)?.apiKey)
  })
  it.each([
    ["ConsumerProtocolSubscription", consumerProtocol.ConsumerProtocolSubscription],
    ["ConsumerProtocolAssignment", consumerProtocol.ConsumerProtocolAssignment],
  ] as const)("%s", (name, message) => compare(message, clients?.get(name)))

  it("every API of a broker that clients use is in the table", () => {
    // What is left out: replication, the metadata quorum, delegation tokens, telemetry, and what
    // coordinators of share groups tell each other.
    const left = [
      4, 5, 6, 7, 38, 39, 40, 41, 52, 53, 54, 56, 58, 59, 62, 63, 64, 67, 70, 71, 72, 73,
    ]
    const alsoLeft = [80, 81, 82, 83, 84, 85, 86, 87]
    const keys = [...clients!.values()].filter((m) => m.type === "request").map((m) => m.apiKey!)
    const absent = [...new Set(keys)].filter((key) => !apis.has(key)).sort((a, b) => a - b)
    expect(absent).toEqual([...left, ...alsoLeft])
  })
})

const groups = kafkaMessages("group-coordinator")
const transactions = kafkaMessages("transaction-coordinator")

describeWith(groups && transactions ? undefined : missing)(
  "internal topics against Kafka's",
  () => {
    it.each([
      ["OffsetCommitValue", consumerOffsets.OffsetCommitValue, groups],
      ["GroupMetadataValue", consumerOffsets.GroupMetadataValue, groups],
      ["TransactionLogKey", transactionState.TransactionLogKey, transactions],
      ["TransactionLogValue", transactionState.TransactionLogValue, transactions],
    ] as const)("%s", (name, message, from) => compare(message, from?.get(name)))

    it.each([
      ["OffsetCommitKey", consumerOffsets.OffsetCommitKey],
      ["LegacyOffsetCommitKey", consumerOffsets.OffsetCommitKey],
      ["GroupMetadataKey", consumerOffsets.GroupMetadataKey],
    ] as const)("%s: its type is a version of our key, fields are the same", (name, message) => {
      const theirs = groups!.get(name)!
      expect(meet(message.versions, [theirs.apiKey!, theirs.apiKey!])).not.toBeNull()
      const bare = (lines: Line[]) => lines.map(({ path, type }) => `${path} ${type}`)
      expect(bare(ourLines(message))).toEqual(bare(theirLines(theirs)))
    })
  },
)
