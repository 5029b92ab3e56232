/** The table of codecs: id (as batch attributes hold it) and name -> codec. */
import { asBuffer, type Codec, type Compression } from "./codec.ts"
import { gzip } from "./gzip.ts"
import { lz4 } from "./lz4.ts"
import { snappy } from "./snappy.ts"
import { zstd } from "./zstd.ts"

const none: Codec = {
  name: "none",
  id: 0,
  compress: asBuffer,
  decompress: asBuffer,
}

/** All codecs, at the index that is their id. */
export const codecs: readonly Codec[] = [none, gzip, snappy, lz4, zstd]

/** Names of all codecs, for options and their messages. */
export const compressionNames: readonly Compression[] = codecs.map((codec) => codec.name)

/** The codec with this id; undefined for ids that Kafka has not given out. */
export function findCodec(id: number): Codec | undefined {
  return codecs[id]
}

/** The codec with this name. */
export function codecNamed(name: Compression): Codec {
  return codecs.find((codec) => codec.name === name)!
}

export { type Codec, type Compression, CompressionError } from "./codec.ts"
