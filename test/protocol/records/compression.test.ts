/** The codecs: what others wrote is read, what they read is written, and bombs are refused. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import {
  type Codec,
  CompressionError,
  codecNamed,
  codecs,
  compressionNames,
  findCodec,
} from "../../../protocol/records/compression/index.ts"
import { zstdOfNode, zstdOfPackage } from "../../../protocol/records/compression/zstd.ts"

const golden = (name: string) => readFileSync(join(__dirname, "../../golden/records", name))
const UNLIMITED = 2 ** 30

/** What the frames of other tools hold. */
const content = Buffer.from(
  Array.from({ length: 200_000 }, (_, i) => (i * 7 + Math.floor(i / 251)) & 0x3f),
)
const random = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * i * 2_654_435_761) >>> 13))
const compressing = codecs.filter(({ name }) => name !== "none")

/** A raw snappy block of `length` times one byte: a literal, then copies of 64 bytes. */
function snappyRun(length: number): Buffer {
  const parts: number[] = []
  for (let left = length; ; left = Math.floor(left / 128)) {
    parts.push(left >= 128 ? (left % 128) | 0x80 : left)
    if (left < 128) break
  }
  parts.push(0, 0x61) // a literal of one byte
  for (let left = length - 1; left > 0; left -= Math.min(left, 64))
    parts.push(((Math.min(left, 64) - 1) << 2) | 2, 1, 0)
  return Buffer.from(parts)
}

function xerial(...blocks: Buffer[]): Buffer {
  const header = Buffer.from("\x82SNAPPY\0\0\0\0\x01\0\0\0\x01", "latin1")
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([header, ...framed])
}

describe("the table of codecs", () => {
  it("has Kafka's ids", () => {
    expect(compressionNames).toEqual(["none", "gzip", "snappy", "lz4", "zstd"])
    codecs.forEach((codec, id) => {
      expect(codec.id).toBe(id)
      expect(findCodec(id)).toBe(codec)
      expect(codecNamed(codec.name)).toBe(codec)
    })
    expect(findCodec(5)).toBeUndefined()
  })
})

describe.each(compressing)("$name", (codec: Codec) => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["what repeats", content],
    ["what does not", random],
    ["several of its blocks", Buffer.concat(Array(30).fill(random))],
  ])("gives back %s", (_name, bytes) => {
    expect(codec.decompress(codec.compress(bytes), UNLIMITED).equals(bytes)).toBe(true)
  })

  it("takes a view of a larger array, and one that is no Buffer", () => {
    const padded = Buffer.concat([Buffer.alloc(3), content, Buffer.alloc(3)])
    const view = new Uint8Array(padded.buffer, padded.byteOffset + 3, content.length)
    expect(codec.decompress(new Uint8Array(codec.compress(view)), UNLIMITED).equals(content)).toBe(
      true,
    )
  })

  it("gives exactly its limit and refuses one byte more", () => {
    const bytes = Buffer.alloc(300_000, 7)
    const compressed = codec.compress(bytes)
    const limit = codec === zstdOfPackage ? 3 * 128 * 1024 : bytes.length
    expect(codec.decompress(compressed, limit)).toHaveLength(bytes.length)
    expect(() => codec.decompress(compressed, 200_000)).toThrow("beyond the limit of 200000 bytes")
  })

  it("refuses a bomb without making it", () => {
    const bomb = codec.compress(Buffer.alloc(64 * 1024 * 1024))
    const before = process.memoryUsage().rss
    for (let turn = 0; turn < 20; turn++)
      expect(() => codec.decompress(bomb, 1_000_000)).toThrow(CompressionError)
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024)
  })

  it("refuses bytes that are cut short anywhere", () => {
    const compressed = codec.compress(Buffer.from("a text of some length, of some length"))
    for (let length = 0; length < compressed.length; length++)
      expect(() => codec.decompress(compressed.subarray(0, length), UNLIMITED)).toThrow(
        CompressionError,
      )
  })

  it("whatever byte is changed: an error or bytes within the limit", () => {
    const original = codec.compress(content.subarray(0, 3000))
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original)
      bytes[at]! ^= 0xff
      try {
        expect(codec.decompress(bytes, 200_000).length).toBeLessThanOrEqual(200_000)
      } catch (error) {
        expect(error).toBeInstanceOf(CompressionError)
      }
    }
  })
})

describe("frames of other tools", () => {
  it.each([
    ["lz4", "lz4-frame-64k.bin"],
    ["lz4", "lz4-frame-all.bin"],
    ["lz4", "lz4-frame-block-checksum.bin"],
    ["lz4", "lz4-frame-linked.bin"],
    ["zstd", "zstd-frame-checksum.bin"],
    ["zstd", "zstd-frame-stream.bin"],
    ["zstd", "zstd-frames-several.bin"],
  ] as const)("%s: %s", (codec, name) => {
    expect(
      codecNamed(codec)
        .decompress(golden(name), 512 * 1024)
        .equals(content),
    ).toBe(true)
  })

  it.each(["lz4-frame-64k.bin", "lz4-frame-all.bin", "lz4-frame-linked.bin"])(
    "%s: the limit is exact, by walking the sequences",
    (name) => {
      const { decompress } = codecNamed("lz4")
      expect(decompress(golden(name), 200_000)).toHaveLength(200_000)
      expect(() => decompress(golden(name), 199_999)).toThrow("beyond the limit")
    },
  )

  it("gzip of several members is one text", () => {
    const members = Buffer.concat([gzipSync("one "), gzipSync("two")])
    expect(codecNamed("gzip").decompress(members, 100).toString()).toBe("one two")
  })
})

describe("lz4", () => {
  it("writes frames of independent blocks, which the Java client asks for", () => {
    const frame = codecNamed("lz4").compress(content)
    expect(frame.readUInt32LE(0)).toBe(0x184d2204)
    expect(frame[4]! & 0xe0).toBe(0x60)
  })
})

describe("snappy", () => {
  const snappy = codecNamed("snappy")

  it("writes one raw block, which every client reads", () => {
    expect(snappy.compress(Buffer.from("abc")).toString("hex")).toBe("0308616263")
  })

  it("reads xerial frames of several blocks, of one, of none", () => {
    const [one, two] = [snappyRun(100_000), snappyRun(3)]
    expect(snappy.decompress(xerial(one, two), UNLIMITED)).toEqual(Buffer.alloc(100_003, 0x61))
    expect(snappy.decompress(xerial(two), UNLIMITED)).toEqual(Buffer.from("aaa"))
    expect(snappy.decompress(xerial(), UNLIMITED)).toEqual(Buffer.alloc(0))
  })

  it("counts all blocks of a xerial frame against the limit", () => {
    const frame = xerial(snappyRun(600), snappyRun(500))
    expect(snappy.decompress(frame, 1100)).toHaveLength(1100)
    expect(() => snappy.decompress(frame, 1099)).toThrow("beyond the limit of 1099 bytes")
  })

  it("refuses a length that its bytes cannot hold, before it is allocated", () => {
    const lie = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x03, 0, 0x61])
    expect(() => snappy.decompress(lie, UNLIMITED)).toThrow("cannot hold")
    expect(() => snappy.decompress(xerial(lie), UNLIMITED)).toThrow("cannot hold")
  })

  it("reads the highest compression there is", () => {
    expect(snappy.decompress(snappyRun(1_000_000), UNLIMITED)).toHaveLength(1_000_000)
  })

  it("refuses a xerial block that is cut short", () => {
    const frame = xerial(snappyRun(100))
    frame.writeInt32BE(-1, 16)
    expect(() => snappy.decompress(frame, UNLIMITED)).toThrow("cut short")
  })
})

describe("zstd of Node's own zlib", () => {
  const node = zstdOfNode({
    zstdCompressSync: (bytes) => zstdOfPackage.compress(bytes),
    zstdDecompressSync(bytes, { maxOutputLength }) {
      const made = zstdOfPackage.decompress(bytes, UNLIMITED)
      if (made.length <= maxOutputLength) return made
      throw Object.assign(new RangeError("too large"), { code: "ERR_BUFFER_TOO_LARGE" })
    },
  })

  it("is handed the limit, and its refusal becomes ours", () => {
    const compressed = node.compress(content)
    expect(node.decompress(compressed, content.length).equals(content)).toBe(true)
    expect(() => node.decompress(compressed, content.length - 1)).toThrow("beyond the limit")
    expect(() => node.decompress(Buffer.from("junk"), 100)).toThrow(CompressionError)
  })
})
