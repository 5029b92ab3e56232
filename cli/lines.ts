/**
 * Records as lines of text, the two ways that `produce` and `consume` share.
 *
 *   lines   the value; with a key separator: key, separator, value
 *   json    {"key": …, "value": …, "headers": {…}, "timestamp": …, "partition": …}, all optional
 *
 * In JSON, text that is valid UTF-8 is a string; other bytes are {"base64": "…"}; null is null.
 */
import { isUtf8 } from "node:buffer"
import { CliError } from "./failure.ts"

/** How records are written as text. */
export type LineFormat = "lines" | "json"

/** A record as the line formats know it. */
export interface LineRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  readonly timestamp?: number
  readonly partition?: number
}

/** How `lines` are cut into key and value. */
export interface LineOptions {
  format: LineFormat
  keySeparator?: string | undefined
  /** Take the key from this field of a JSON value; the value stays the whole line. */
  keyField?: string | undefined
  /** In `lines`, this text stands for a key or value that is null. */
  nullValue?: string | undefined
}

/** Reads one line; `where` (file and line number) goes into the error for bad input. */
export function parseLine(line: Buffer, options: LineOptions, where: () => string): LineRecord {
  if (options.format === "json") return parseJsonLine(line, where)
  const orNull = (bytes: Buffer) => (isNullText(bytes, options) ? null : bytes)
  if (options.keyField !== undefined) {
    const field = parseObject(line, where)[options.keyField]
    return { headers: [], key: field === undefined ? null : toBytes(field, where), value: line }
  }
  if (options.keySeparator === undefined) return { headers: [], key: null, value: orNull(line) }
  const at = line.indexOf(options.keySeparator)
  if (at < 0)
    throw new CliError(`${where()}: no key separator '${options.keySeparator}' in the line`)
  const value = line.subarray(at + Buffer.byteLength(options.keySeparator))
  return { headers: [], key: orNull(line.subarray(0, at)), value: orNull(value) }
}

function isNullText(bytes: Buffer, { nullValue }: LineOptions): boolean {
  return nullValue !== undefined && bytes.equals(Buffer.from(nullValue))
}

/** Writes one record as a line without its newline. */
export function formatRecord(
  record: LineRecord & { topic: string; offset: number },
  options: LineOptions,
): string | Buffer {
  if (options.format === "json") return formatJsonRecord(record)
  const nothing = Buffer.from(options.nullValue ?? "")
  const value = record.value ?? nothing
  if (options.keySeparator === undefined) return value
  return Buffer.concat([record.key ?? nothing, Buffer.from(options.keySeparator), value])
}

function parseObject(line: Buffer, where: () => string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line.toString("utf8"))
    if (parsed !== null && typeof parsed === "object" && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch (error) {
    throw new CliError(`${where()}: not JSON: ${(error as Error).message}`)
  }
  throw new CliError(`${where()}: not a JSON object`)
}

function parseJsonLine(line: Buffer, where: () => string): LineRecord {
  const object = parseObject(line, where)
  const headers = Array.isArray(object.headers) ? object.headers : toPairs(object.headers, where)
  const record: { -readonly [Name in keyof LineRecord]: LineRecord[Name] } = {
    key: toBytes(object.key ?? null, where),
    value: toBytes(object.value ?? null, where),
    headers: headers.map((pair: unknown) => toHeader(pair, where)),
  }
  for (const name of ["timestamp", "partition"] as const) {
    const value = object[name]
    // -1: a record of an old client without a timestamp.
    if (value === undefined || (name === "timestamp" && value === -1)) continue
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new CliError(`${where()}: "${name}" should be a whole number`)
    record[name] = value as number
  }
  return record
}

function toPairs(headers: unknown, where: () => string): [string, unknown][] {
  if (typeof (headers ?? {}) === "object") return Object.entries(headers ?? {})
  throw new CliError(`${where()}: "headers" should be an object or an array of pairs`)
}

function toHeader(pair: unknown, where: () => string) {
  const isPair = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string"
  if (isPair) return { key: pair[0] as string, value: toBytes(pair[1], where) }
  throw new CliError(`${where()}: a header in an array should be a pair of name and value`)
}

function toBytes(value: unknown, where: () => string): Buffer | null {
  if (value === null) return null
  if (typeof value === "string") return Buffer.from(value)
  if (typeof value === "number" || typeof value === "boolean") return Buffer.from(String(value))
  const base64 = (value as { base64?: unknown }).base64
  if (typeof base64 === "string" && Object.keys(value as object).length === 1)
    return Buffer.from(base64, "base64")
  if (typeof value === "object") return Buffer.from(JSON.stringify(value))
  throw new CliError(`${where()}: a key or value of type ${typeof value}`)
}

function formatJsonRecord(record: LineRecord & { topic: string; offset: number }): string {
  const { topic, partition, offset, timestamp } = record
  const texts = { key: toJson(record.key), value: toJson(record.value) }
  const headers = formatHeaders(record.headers)
  return JSON.stringify({ topic, partition, offset, timestamp, ...texts, headers })
}

/** Headers as an object, or as pairs where an object would lose one of them or their order. */
export function formatHeaders(headers: LineRecord["headers"]): JsonHeaders {
  const pairs = headers.map(({ key, value }): JsonHeader => [key, toJson(value)])
  const object = Object.fromEntries(pairs)
  const isSame = Object.keys(object).every((key, index) => key === pairs[index]![0])
  return isSame && Object.keys(object).length === pairs.length ? object : pairs
}

type JsonHeader = [string, ReturnType<typeof toJson>]
type JsonHeaders = Record<string, ReturnType<typeof toJson>> | JsonHeader[]

/** Bytes as JSON: text where they are UTF-8, else `{ base64 }`; null stays null. */
export function toJson(bytes: Buffer | null): string | { base64: string } | null {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString("utf8") : { base64: bytes.toString("base64") }
}
