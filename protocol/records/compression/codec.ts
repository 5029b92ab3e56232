/**
 * What a codec is. All calls are synchronous: a batch is small, and the loop that owns it waits
 * for nobody. `decompress` never makes more than `limitBytes`, whatever the input declares.
 */

/** Names of Kafka's codecs, as `compression.type` spells them. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd"

/** One way of compressing the records of a batch. */
export interface Codec {
  readonly name: Compression
  /** What the attributes of a batch hold for it. */
  readonly id: number
  compress(bytes: Uint8Array): Buffer
  /** Throws CompressionError for damaged input and for output beyond `limitBytes`. */
  decompress(bytes: Uint8Array, limitBytes: number): Buffer
}

/** Compressed bytes are damaged, expand beyond the limit, or their codec cannot be loaded. */
export class CompressionError extends Error {
  override readonly name = "CompressionError"
}

/** The error for output beyond a limit, worded alike for every codec. */
export function tooLarge(codec: Compression, limitBytes: number): CompressionError {
  return new CompressionError(`${codec}: records expand beyond the limit of ${limitBytes} bytes`)
}

/** Runs a library's call; what it throws becomes a CompressionError. */
export function guarded<T>(codec: Compression, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (error instanceof CompressionError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CompressionError(`${codec}: ${reason}`, { cause: error })
  }
}

/** The same bytes as a Buffer, which the codec libraries ask for. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
