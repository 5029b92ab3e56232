/**
 * Codec 4: zstd, by Node's zlib where it has zstd (22.15 and later), else by a package.
 *
 *   frame:  magic (4) | descriptor (1) | window (1)? | dictionary id (0-4) | content size (0-8)
 *           { block header (3): last (1 bit), type (2), size (21) | block } ... | checksum (4)?
 *
 * Little-endian. The package takes no limit and streams usually declare no size, so the blocks are
 * walked before and the most that they can make is compared with the limit.
 */
import * as zlib from "node:zlib"
import { asBuffer, type Codec, CompressionError, guarded, tooLarge } from "./codec.ts"
import { isOutputLimit } from "./gzip.ts"
import { lazily } from "./load.ts"

/** The part of Node's zlib that the oldest supported Node lacks. */
interface NodeZstd {
  zstdCompressSync(bytes: Uint8Array): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer
}

interface ZstdLibrary {
  Encoder: new (level: number) => { encodeSync(bytes: Buffer): Buffer }
  Decoder: new () => { decodeSync(bytes: Buffer): Buffer }
}
const library = lazily<ZstdLibrary>("zstd", "@toondepauw/node-zstd")

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50 // the last four bits are free
/** No block makes more than this, nor more than the window. */
const BLOCK_MAXIMUM = 128 * 1024
const LEVEL = 3 // Kafka's default

/** zstd by Node's own zlib. */
export function zstdOfNode(node: NodeZstd): Codec {
  return {
    name: "zstd",
    id: 4,
    compress: (bytes) => node.zstdCompressSync(bytes),
    decompress: (bytes, limitBytes) =>
      guarded("zstd", () => {
        try {
          return node.zstdDecompressSync(bytes, { maxOutputLength: limitBytes })
        } catch (error) {
          if (isOutputLimit(error)) throw tooLarge("zstd", limitBytes)
          throw error
        }
      }),
  }
}

/** zstd by the package, for Node without it. */
export const zstdOfPackage: Codec = {
  name: "zstd",
  id: 4,
  compress: (bytes) => new (library().Encoder)(LEVEL).encodeSync(asBuffer(bytes)),
  decompress: (bytes, limitBytes) =>
    guarded("zstd", () => {
      const buffer = asBuffer(bytes)
      if (outputBound(buffer) > limitBytes) throw tooLarge("zstd", limitBytes)
      return new (library().Decoder)().decodeSync(buffer)
    }),
}

export const zstd: Codec =
  "zstdDecompressSync" in zlib ? zstdOfNode(zlib as unknown as NodeZstd) : zstdOfPackage

/** The most that the frames in `bytes` can expand to. */
function outputBound(bytes: Buffer): number {
  let total = 0
  for (let at = 0; at < bytes.length; ) {
    need(bytes, at, 8)
    const magic = bytes.readUInt32LE(at)
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + bytes.readUInt32LE(at + 4)
      continue
    }
    if (magic !== MAGIC) throw new CompressionError("zstd: not a frame")
    const { blocksAt, blockMaximum, hasChecksum } = readFrameHeader(bytes, at)
    at = blocksAt
    for (let isLast = false; !isLast; ) {
      need(bytes, at, 3)
      const header = bytes.readUIntLE(at, 3)
      isLast = (header & 1) === 1
      const type = (header >> 1) & 3
      const size = header >> 3
      total += type === 2 ? blockMaximum : size
      at += 3 + (type === 1 ? 1 : size) // type 1: one byte, repeated
    }
    if (hasChecksum) at += 4
  }
  return total
}

function readFrameHeader(bytes: Buffer, at: number) {
  const descriptor = bytes[at + 4]!
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryIdLength = [0, 1, 2, 4][descriptor & 3]!
  const sizeCode = descriptor >> 6
  const contentSizeLength = sizeCode === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeCode
  const windowLength = isSingleSegment ? 0 : 1
  const blocksAt = at + 5 + windowLength + dictionaryIdLength + contentSizeLength
  need(bytes, at, blocksAt - at)
  const window = isSingleSegment ? BLOCK_MAXIMUM : windowOf(bytes[at + 5]!)
  return {
    blocksAt,
    blockMaximum: Math.min(BLOCK_MAXIMUM, window),
    hasChecksum: (descriptor & 4) !== 0,
  }
}

/** Window size in bytes, from its descriptor: a power of two and eighths of it. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function need(bytes: Buffer, at: number, length: number): void {
  if (bytes.length - at < length) throw new CompressionError("zstd: the frame is cut short")
}
