/**
 * Reads Kafka's message definitions out of its jars (zip files), where there are any:
 * `test/compat/install.sh` fetches them, KAFKA_PEER_DIR names another place.
 *
 *   end record (22, last in the file):  ... entries (2) at 10 | directory offset (4) at 16
 *   directory entry (46 + name + ...):  method (2) at 10 | packed length (4) at 20 | name length
 *                                       (2) at 28 | extra (2) | comment (2) |
 *                                       offset (4) at 42 | name
 *   local header (30 + name + extra):   name length (2) at 26 | extra length (2), then the bytes
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { inflateRawSync } from "node:zlib"
import { jarFolder } from "../support/peers.ts"

/** One field of a definition, as Kafka writes it. */
export interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly fields?: readonly KafkaField[]
}

/** A message definition, as Kafka writes it. */
export interface KafkaMessage {
  readonly apiKey?: number
  readonly type: string
  readonly name: string
  readonly validVersions: string
  readonly flexibleVersions?: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly KafkaField[]
}

/** Definitions by name in the jar `kafka-<part>-<version>.jar`; undefined when it is not there. */
export function kafkaMessages(part: string): ReadonlyMap<string, KafkaMessage> | undefined {
  const name = existsSync(jarFolder)
    ? readdirSync(jarFolder).find((file) => new RegExp(`^kafka-${part}-[0-9.]+\\.jar$`).test(file))
    : undefined
  if (name === undefined) return undefined
  const messages = new Map<string, KafkaMessage>()
  for (const [path, text] of zipTexts(readFileSync(join(jarFolder, name)))) {
    if (!/^common\/message\/\w+\.json$/.test(path)) continue
    const message = JSON.parse(text().replace(/^\s*\/\/.*$/gm, "")) as KafkaMessage
    messages.set(message.name, message)
  }
  return messages
}

function* zipTexts(zip: Buffer): Generator<[string, () => string]> {
  const end = zip.lastIndexOf("PK\x05\x06")
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28)
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength)
    const entry = at
    yield [name, () => zipText(zip, entry)]
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}

function zipText(zip: Buffer, entry: number): string {
  const local = zip.readUInt32LE(entry + 42)
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
  const isStored = zip.readUInt16LE(entry + 10) === 0
  return (isStored ? packed : inflateRawSync(packed)).toString("utf8")
}
