/**
 * Values carried inside other bytes, with their version in front.
 *
 *   version (2) | fields
 *
 * Keys of internal topics look the same, but the two bytes then say what kind of record it is: the
 * kinds that share their fields are written down as versions of one key.
 */
import { decoder, encoder } from "../compile.ts"
import { Reader } from "../reader.ts"
import type { Decoded, Encodable, Fields, Message } from "../schema.ts"
import { Writer } from "../writer.ts"

const reader = new Reader()
const writer = new Writer()

/** The bytes of a value in one of the versions, version in front; in a buffer of their own. */
export function encodeVersioned<F extends Fields>(
  definition: Message<F>,
  version: number,
  value: Encodable<F>,
): Buffer {
  writer.reset()
  writer.int16(version)
  encoder(definition, version)(writer, value)
  return Buffer.concat(writer.finish() as Uint8Array[])
}

/** What to do with a version after the last one known. */
export interface VersionedOptions {
  /** Newer versions only add fields at the end: read the fields known, leave the rest. */
  readonly readsNewer?: boolean
}

/** Reads what `encodeVersioned` wrote. Byte fields are views of `bytes`. Throws `DecodeError` for
 *  damaged bytes and for a version that is not known. */
export function decodeVersioned<F extends Fields>(
  definition: Message<F>,
  bytes: Buffer,
  options: VersionedOptions = {},
): Decoded<F> {
  reader.reset(bytes)
  const version = reader.int16()
  const [first, last] = definition.versions
  const isNewer = version > last
  if (version < first || (isNewer && options.readsNewer !== true)) {
    reader.fail(`${definition.name} has no version ${version}`, 2)
  }
  return decoder(definition, isNewer ? last : version)(reader)
}

/** Reads the fields behind the version as those of another version. */
export function decodeAs<F extends Fields>(
  definition: Message<F>,
  version: number,
  bytes: Buffer,
): Decoded<F> {
  reader.reset(bytes)
  reader.int16()
  return decoder(definition, version)(reader)
}
