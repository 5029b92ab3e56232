/** The writer: parts, reuse, growth, and the texts and numbers at the edges; read back. */
import { MAX_STRING_BYTES, Reader } from "../../protocol/reader.ts"
import { REFERENCE_BYTES, Writer } from "../../protocol/writer.ts"

function written(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  const bytes = Buffer.concat(writer.finish() as Uint8Array[])
  expect(writer.length).toBe(bytes.length)
  return bytes
}

describe("parts", () => {
  it("small fields share one buffer, which the next frame uses again", () => {
    const writer = new Writer()
    writer.int32(1)
    writer.raw(Buffer.from([2, 3]))
    expect(writer.single).toBeDefined()
    const [first] = writer.finish()
    writer.reset().int8(9)
    const [second] = writer.finish()
    expect((second as Buffer).buffer).toBe((first as Buffer).buffer)
    expect((first as Buffer)[0]).toBe(9)
  })
  it("a large field is referred to, and the frame is not in one piece any more", () => {
    const writer = new Writer()
    const large = Buffer.alloc(REFERENCE_BYTES)
    writer.int8(1)
    writer.raw(large)
    writer.int8(2)
    expect(writer.single).toBeUndefined()
    expect(writer.length).toBe(REFERENCE_BYTES + 2)
    expect(writer.finish()[1]).toBe(large)
    expect(writer.reset().single).toBeDefined()
    expect(writer.finish()).toEqual([])
  })
  it("a frame larger than the buffer goes on in others", () => {
    const bytes = written((writer) => {
      for (let i = 0; i < 60_000; i++) writer.int32(i)
    })
    expect(bytes.length).toBe(240_000)
    for (let i = 0; i < 60_000; i += 1000) expect(bytes.readInt32BE(4 * i)).toBe(i)
  })
  it("the length in front can be set after the frame has grown", () => {
    const bytes = written((writer) => {
      writer.int32(0)
      for (let i = 0; i < 5000; i++) writer.int64(i)
      writer.patchInt32(0, writer.length - 4)
    })
    expect(bytes.readInt32BE(0)).toBe(40_000)
  })
  it("a nested piece has its length in front, also within another", () => {
    const bytes = written((writer) => {
      const outer = writer.beginNested()
      outer.int8(1)
      const inner = outer.beginNested()
      inner.int16(2)
      outer.endNested(inner)
      writer.endNested(outer)
    })
    expect(bytes.toString("hex")).toBe("0401020002")
  })
})

describe("values that the reader reads back", () => {
  const reader = new Reader()
  it.each([0, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32 - 1])(
    "varuint %i",
    (value) => {
      expect(reader.reset(written((writer) => writer.varuint(value))).varuint()).toBe(value)
    },
  )
  it.each([0, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1])(
    "int64 %i",
    (value) => {
      const bytes = written((writer) => writer.int64(value))
      expect(bytes.readBigInt64BE()).toBe(BigInt(value))
      expect(reader.reset(bytes).int64()).toBe(value)
    },
  )
  it.each([
    ["empty", ""],
    ["of 64 characters", "a".repeat(64)],
    ["of 65 characters", "a".repeat(65)],
    ["of 64 characters, the last not ASCII", `${"a".repeat(63)}ß`],
    ["of 127 bytes", "b".repeat(127)],
    ["of two-byte characters", "ü".repeat(60)],
    ["of pairs of surrogates", "🐟".repeat(40)],
    ["as long as allowed", "c".repeat(MAX_STRING_BYTES)],
  ])("text %s, in both encodings", (_, text) => {
    expect(reader.reset(written((writer) => writer.string(text))).string()).toBe(text)
    expect(reader.reset(written((writer) => writer.compactString(text))).compactString()).toBe(text)
  })
  it.each(["AAAAAAAAAAAAAAAAAAAAAA", "9zLmZWuTQK-rlb_RTQsoUQ", "_____________________w"])(
    "uuid %s",
    (uuid) => {
      const bytes = written((writer) => writer.uuid(uuid))
      expect(bytes.toString("base64url")).toBe(uuid)
      expect(reader.reset(bytes).uuid()).toBe(uuid)
    },
  )
  it("the same places hold other texts in the next frame", () => {
    const names = Array.from({ length: 3000 }, (_, i) => `topic-${i % 1500}-${"x".repeat(i % 50)}`)
    for (const name of names) {
      expect(reader.reset(written((writer) => writer.string(name))).string()).toBe(name)
    }
  })
})

describe("values that do not fit", () => {
  it.each([
    ["int64 beyond 2^53", (writer: Writer) => writer.int64(2 ** 53)],
    ["a fraction", (writer: Writer) => writer.int64(0.5)],
    ["NaN", (writer: Writer) => writer.int32(Number.NaN)],
    ["int16", (writer: Writer) => writer.int16(40_000)],
    ["uint16", (writer: Writer) => writer.uint16(-1)],
    ["uint32", (writer: Writer) => writer.uint32(2 ** 32)],
    ["bool", (writer: Writer) => writer.bool(1 as unknown as boolean)],
    ["float64", (writer: Writer) => writer.float64("1" as unknown as number)],
    ["a uuid of wrong length", (writer: Writer) => writer.uuid("abc")],
    ["a uuid with other characters", (writer: Writer) => writer.uuid("+".repeat(22))],
    ["a text too long", (writer: Writer) => writer.compactString("ü".repeat(20_000))],
  ])("%s", (_, write) => {
    expect(() => write(new Writer())).toThrow(RangeError)
  })
})
