/**
 * Codec 3: lz4, in LZ4's frame format (not the legacy one, not bare blocks).
 *
 *   magic (4) | FLG (1) | BD (1) | content size (8)? | dictionary id (4)? | header checksum (1)
 *   { block length (4), top bit: stored | block | checksum (4)? } ... | 0 (4) | checksum (4)?
 *
 * Little-endian. The library takes no limit, so the frame is measured before it is handed over:
 * first by a bound from the block lengths, and only where that is beyond the limit, by walking the
 * sequences of every block.
 */
import { asBuffer, type Codec, CompressionError, guarded, tooLarge } from "./codec.ts"
import { lazily } from "./load.ts"

interface Lz4Library {
  compressFrameSync(bytes: Buffer): Buffer
  decompressFrameSync(bytes: Buffer): Buffer
}
const library = lazily<Lz4Library>("lz4", "lz4-napi")

const MAGIC = 0x184d2204
/** One byte of a length run stands for at most 255 bytes of output. */
const MAX_EXPANSION = 255

export const lz4: Codec = {
  name: "lz4",
  id: 3,
  compress: (bytes) => library().compressFrameSync(asBuffer(bytes)),
  decompress: (bytes, limitBytes) =>
    guarded("lz4", () => {
      const buffer = asBuffer(bytes)
      if (
        frameOutput(buffer, boundOfBlock) > limitBytes &&
        frameOutput(buffer, sizeOfBlock) > limitBytes
      )
        throw tooLarge("lz4", limitBytes)
      return library().decompressFrameSync(buffer)
    }),
}

/** Says how much a compressed block `bytes[start, end)` makes, given the most a block may make. */
type BlockMeasure = (bytes: Buffer, start: number, end: number, blockMaximum: number) => number

/** Sum over the blocks of a frame of what `measure` says about each. */
function frameOutput(bytes: Buffer, measure: BlockMeasure): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC)
    throw new CompressionError("lz4: not a frame")
  const flags = bytes[4]!
  const blockMaximum = blockMaximumOf(bytes[5]!)
  const blockTrailer = flags & 0x10 ? 4 : 0
  let at = 6 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1
  let total = 0
  for (;;) {
    if (bytes.length - at < 4) throw new CompressionError("lz4: the frame is cut short")
    const word = bytes.readUInt32LE(at)
    if (word === 0) return total
    const length = word & 0x7fffffff
    at += 4
    if (length > bytes.length - at) throw new CompressionError("lz4: a block is cut short")
    total += word >>> 31 ? length : measure(bytes, at, at + length, blockMaximum)
    at += length + blockTrailer
  }
}

/** Largest output of a block, from the BD byte: 64 KiB, 256 KiB, 1 MiB or 4 MiB. */
function blockMaximumOf(descriptor: number): number {
  const code = (descriptor >> 4) & 7
  if (code < 4) throw new CompressionError(`lz4: unknown block size code ${code}`)
  return 1 << (8 + 2 * code)
}

const boundOfBlock: BlockMeasure = (_bytes, start, end, blockMaximum) =>
  Math.min(blockMaximum, (end - start) * MAX_EXPANSION)

/** Adds up literals and matches without making them. */
const sizeOfBlock: BlockMeasure = (bytes, start, end) => {
  let size = 0
  let at = start
  const lengthRun = (nibble: number): number => {
    let length = nibble
    if (nibble === 15) {
      let byte = 255
      while (byte === 255 && at < end) length += byte = bytes[at++]!
    }
    return length
  }
  while (at < end) {
    const token = bytes[at++]!
    const literals = lengthRun(token >> 4)
    at += literals
    size += literals
    if (at >= end) break // the last sequence has literals only
    at += 2 // distance of the match
    size += lengthRun(token & 15) + 4
  }
  return size
}
