/**
 * A slow interpreter of the message schema: the oracle that the compiled codecs are compared with.
 * It walks the definition field by field, shares no code with `protocol/compile/`, and keeps bytes
 * in plain arrays. Also makes random values of a message.
 */
import type { Field, Fields, Message } from "../../protocol/schema.ts"

type Value = Record<string, unknown>

/** A seeded source of numbers (mulberry32). */
export class Dice {
  private state: number
  constructor(seed: number) {
    this.state = seed >>> 0
  }
  /** 0 <= n < limit */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * limit)
  }
  chance(share: number): boolean {
    return this.below(1000) < share * 1000
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }
}

/** The bytes of a value. Every present field must be in it. */
export function slowEncode(message: Message, version: number, value: Value): Buffer {
  const flexible = message.flexible !== undefined && version >= message.flexible
  const out: number[] = []
  writeStruct(message.fields, value, { version, flexible, out })
  return Buffer.from(out)
}

interface Output {
  readonly version: number
  readonly flexible: boolean
  readonly out: number[]
}

function inVersion(field: Field, version: number): boolean {
  if (field.since !== undefined && version < field.since) return false
  return field.until === undefined || version <= field.until
}

function writeStruct(fields: Fields, value: Value, o: Output): void {
  const tagged: [number, Buffer][] = []
  for (const name of Object.keys(fields)) {
    const field = fields[name]!
    if (!inVersion(field, o.version)) continue
    if (field.tag === undefined) {
      writeField(field, value[name], o)
    } else if (!isSame(value[name], defaultOf(field))) {
      const inner: Output = { ...o, out: [] }
      writeField(field, value[name], inner)
      tagged.push([field.tag, Buffer.from(inner.out)])
    }
  }
  if (!o.flexible) return
  tagged.sort((a, b) => a[0] - b[0])
  writeVaruint(tagged.length, o)
  for (const [tag, body] of tagged) {
    writeVaruint(tag, o)
    writeVaruint(body.length, o)
    o.out.push(...body)
  }
}

function writeField(field: Field, value: unknown, o: Output): void {
  switch (field.kind) {
    case "struct":
      if (field.nullable !== undefined && o.version >= field.nullable) {
        o.out.push(value === null ? 0xff : 1)
        if (value === null) return
      }
      writeStruct(field.fields!, value as Value, o)
      return
    case "array": {
      const items = value as unknown[] | null
      writeLength(items === null ? -1 : items.length, 4, o)
      for (const item of items ?? []) writeField(field.of!, item, o)
      return
    }
    case "string":
      writeBlob(value === null ? null : Buffer.from(value as string), 2, o)
      return
    case "bytes":
    case "records":
      writeBlob(value as Buffer | null, 4, o)
      return
    default:
      o.out.push(...scalarBytes(field, value))
  }
}

function scalarBytes(field: Field, value: unknown): Buffer {
  const b = Buffer.alloc(16)
  const n = value as number
  switch (field.kind) {
    case "bool":
      return Buffer.from([value ? 1 : 0])
    case "int8":
      return b.subarray(0, b.writeInt8(n))
    case "int16":
      return b.subarray(0, b.writeInt16BE(n))
    case "uint16":
      return b.subarray(0, b.writeUInt16BE(n))
    case "int32":
      return b.subarray(0, b.writeInt32BE(n))
    case "uint32":
      return b.subarray(0, b.writeUInt32BE(n))
    case "int64":
      return b.subarray(0, b.writeBigInt64BE(BigInt(n)))
    case "float64":
      return b.subarray(0, b.writeDoubleBE(n))
    case "uuid":
      return Buffer.from(value as string, "base64url")
    default:
      throw new Error(`no scalar: ${field.kind}`)
  }
}

function writeBlob(blob: Buffer | null, width: number, o: Output): void {
  writeLength(blob === null ? -1 : blob.length, width, o)
  if (blob !== null) for (const byte of blob) o.out.push(byte)
}

function writeLength(length: number, width: number, o: Output): void {
  if (o.flexible) {
    writeVaruint(length + 1, o)
    return
  }
  const b = Buffer.alloc(width)
  b.writeIntBE(length, 0, width)
  o.out.push(...b)
}

function writeVaruint(value: number, o: Output): void {
  let left = BigInt(value)
  while (left > 127n) {
    o.out.push(Number(left & 127n) | 128)
    left >>= 7n
  }
  o.out.push(Number(left))
}

/** The default of a field, spelled out. */
export function defaultOf(field: Field): unknown {
  if (field.default === null) return null
  switch (field.kind) {
    case "struct":
      return Object.fromEntries(Object.entries(field.fields!).map(([k, f]) => [k, defaultOf(f)]))
    case "array":
      return []
    case "string":
      return field.default ?? ""
    case "bool":
      return field.default ?? false
    case "uuid":
      return field.default ?? "AAAAAAAAAAAAAAAAAAAAAA"
    case "bytes":
      return Buffer.alloc(0)
    case "records":
      return null
    default:
      return field.default ?? 0
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return plain(a) === plain(b)
}

function plain(value: unknown): string {
  return JSON.stringify(value)
}

const NAMES = ["", "a", "topic-7", "größe", "日本語", "x".repeat(63), "x".repeat(70), "🐟 fish"]
const UUIDS = ["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ", "9zLmZWuTQK-rlb_RTQsoUQ"]
const INT64S = [0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32) - 1, 2 ** 53 - 1, 1_700_000_000_123]

/** A value with every field: random where the version has it, the default where not. */
export function randomMessage(message: Message, version: number, dice: Dice): Value {
  return randomStruct(message.fields, version, dice)
}

function randomStruct(fields: Fields, version: number, dice: Dice): Value {
  const value: Value = {}
  for (const [name, field] of Object.entries(fields)) {
    const isRandom = inVersion(field, version) && !(field.tag !== undefined && dice.chance(0.5))
    value[name] = isRandom ? randomField(field, version, dice) : defaultOf(field)
  }
  return value
}

function randomField(field: Field, version: number, dice: Dice): unknown {
  const nullable = field.nullable !== undefined && version >= field.nullable
  if (nullable && dice.chance(0.2)) return null
  if (field.kind === "struct") return randomStruct(field.fields!, version, dice)
  if (field.kind !== "array") return randomScalar(field, dice)
  const count = dice.chance(0.02) ? 130 : dice.below(4)
  return Array.from({ length: count }, () => randomField(field.of!, version, dice))
}

function randomScalar(field: Field, dice: Dice): unknown {
  switch (field.kind) {
    case "bool":
      return dice.chance(0.5)
    case "int8":
      return dice.below(256) - 128
    case "int16":
      return dice.below(65536) - 32768
    case "uint16":
      return dice.below(65536)
    case "int32":
      return dice.below(2 ** 32) - 2 ** 31
    case "uint32":
      return dice.below(2 ** 32)
    case "int64":
      return dice.pick(INT64S)
    case "float64":
      return dice.below(1e9) / 1000
    case "uuid":
      return dice.pick(UUIDS)
    case "string":
      return dice.chance(0.02) ? "y".repeat(300) : dice.pick(NAMES)
    default:
      return Buffer.alloc(dice.chance(0.05) ? 5000 : dice.below(20), dice.below(256))
  }
}
