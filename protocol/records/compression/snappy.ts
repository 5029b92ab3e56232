/**
 * Codec 2: snappy. Two layouts are in use and both are read:
 *
 *   raw:     one snappy block: uncompressed length (varint) | elements
 *   xerial:  "\x82SNAPPY\0" | version (4) | compatible (4) | { length (4) | snappy block } ...
 *
 * Raw is written: every client reads it (librdkafka and franz-go write nothing else), while some
 * read only it. Java and kafkajs write xerial.
 */
import { int32At } from "../batch.ts"
import { asBuffer, type Codec, CompressionError, guarded, tooLarge } from "./codec.ts"
import { lazily } from "./load.ts"

interface SnappyLibrary {
  compressSync(bytes: Uint8Array): Buffer
  uncompressSync(bytes: Uint8Array): Buffer
}
const library = lazily<SnappyLibrary>("snappy", "snappy")

const XERIAL_MAGIC = Buffer.from("\x82SNAPPY\0", "latin1")
const XERIAL_HEADER = 16
/** An element of three bytes makes at most 64: more than this the input cannot expand to. */
const MAX_EXPANSION = 22

export const snappy: Codec = {
  name: "snappy",
  id: 2,
  compress: (bytes) => library().compressSync(bytes),
  decompress: (bytes, limitBytes) =>
    guarded("snappy", () => {
      const buffer = asBuffer(bytes)
      return isXerial(buffer) ? readXerial(buffer, limitBytes) : readBlock(buffer, limitBytes)
    }),
}

function isXerial(bytes: Buffer): boolean {
  return (
    bytes.length >= XERIAL_HEADER &&
    bytes.compare(XERIAL_MAGIC, 0, XERIAL_MAGIC.length, 0, XERIAL_MAGIC.length) === 0
  )
}

function readXerial(bytes: Buffer, limitBytes: number): Buffer {
  const blocks: Buffer[] = []
  let left = limitBytes
  for (let at = XERIAL_HEADER; at < bytes.length; ) {
    const length = bytes.length - at >= 4 ? int32At(bytes, at) : -1
    at += 4
    if (length < 0 || length > bytes.length - at)
      throw new CompressionError(`snappy: the block at ${at - 4} is cut short`)
    if (declaredLength(bytes, at, at + length) > left) throw tooLarge("snappy", limitBytes)
    const block = readBlock(bytes.subarray(at, at + length), left)
    left -= block.length
    blocks.push(block)
    at += length
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
}

/** The library allocates what the block declares, so that is checked before. */
function readBlock(block: Buffer, limitBytes: number): Buffer {
  const length = declaredLength(block, 0, block.length)
  if (length > limitBytes) throw tooLarge("snappy", limitBytes)
  if (length > block.length * MAX_EXPANSION)
    throw new CompressionError(`snappy: ${block.length} bytes cannot hold ${length}`)
  return library().uncompressSync(block)
}

/** The uncompressed length that a raw block starts with. */
function declaredLength(bytes: Buffer, start: number, end: number): number {
  let length = 0
  for (let at = start, scale = 1; at < end && at < start + 5; at++, scale *= 128) {
    const byte = bytes[at]!
    length += (byte & 0x7f) * scale
    if (byte < 0x80) return length
  }
  throw new CompressionError("snappy: no length in front of a block")
}
