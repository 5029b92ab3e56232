/**
 * Turns messages into code: one straight-line decoder and encoder per (message, version), made on
 * first use and kept. The source is built from our own tables only, never from anything received.
 */
import { decoderSource } from "./compile/decode.ts"
import { encoderSource } from "./compile/encode.ts"
import type { Reader } from "./reader.ts"
import type { Decoded, Encodable, Fields, Message } from "./schema.ts"
import type { Writer } from "./writer.ts"

/** Reads one value; throws `DecodeError` when the bytes are not one. */
export type Decoder<T> = (reader: Reader) => T
/** Writes one value. Fields that the version lacks are left out without a word. */
export type Encoder<T> = (writer: Writer, value: T) => void

const EMPTY = Buffer.alloc(0)
// biome-ignore lint/suspicious/noExplicitAny: one table for all messages
const decoders = new Map<Message<any>, Decoder<any>[]>()
// biome-ignore lint/suspicious/noExplicitAny: one table for all messages
const encoders = new Map<Message<any>, Encoder<any>[]>()

/** The decoder of a message in one of its versions. */
export function decoder<F extends Fields>(
  definition: Message<F>,
  version: number,
): Decoder<Decoded<F>> {
  return kept(decoders, definition, version, decoderSource)
}

/** The encoder of a message in one of its versions. */
export function encoder<F extends Fields>(
  definition: Message<F>,
  version: number,
): Encoder<Encodable<F>> {
  return kept(encoders, definition, version, encoderSource)
}

function kept<T>(
  table: Map<Message, T[]>,
  definition: Message,
  version: number,
  source: (definition: Message, version: number) => string,
): T {
  let versions = table.get(definition)
  if (versions === undefined) table.set(definition, (versions = []))
  return (versions[version] ??= build<T>(definition, version, source(definition, version)))
}

function build<T>(definition: Message, version: number, source: string): T {
  const [first, last] = definition.versions
  if (!Number.isInteger(version) || version < first || version > last) {
    throw new RangeError(`${definition.name} has no version ${version}`)
  }
  const url = `\n//# sourceURL=millrace-protocol/${definition.name}-v${version}.js`
  return new Function("EMPTY", source + url)(EMPTY) as T
}
