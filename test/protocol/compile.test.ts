/** The compiled codecs: against a slow interpreter, and what they refuse. */
import { isDeepStrictEqual } from "node:util"
import { decoder, encoder } from "../../protocol/compile.ts"
import { DecodeError, Reader } from "../../protocol/reader.ts"
import {
  array,
  bytes,
  int8,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
} from "../../protocol/schema.ts"
import { Writer } from "../../protocol/writer.ts"
import { rounds } from "../support/seeds.ts"
import { Dice, randomMessage, slowEncode } from "./oracle.ts"
import { encode, everyVersion } from "./support.ts"

describe("compiled codecs against the interpreter", () => {
  it("encode random values of every message and version to the same bytes, and back", () => {
    const dice = new Dice(20_251)
    const reader = new Reader()
    for (const [definition, version] of everyVersion()) {
      for (let round = rounds(3); round > 0; round--) {
        const value = randomMessage(definition, version, dice)
        const expected = slowEncode(definition, version, value)
        const encoded = encode(definition, version, value)
        if (!encoded.equals(expected)) {
          throw new Error(`${definition.name} v${version}: ${encoded.toString("hex")}`)
        }
        const decoded = decoder(definition, version)(reader.reset(expected))
        if (reader.remaining !== 0 || !isDeepStrictEqual(decoded, value)) {
          expect({ of: `${definition.name} v${version}`, ...decoded }).toEqual(value)
        }
      }
    }
  })
})

const Sample = message({
  name: "Sample",
  versions: [0, 3],
  flexible: 2,
  fields: {
    id: int32(),
    name: string({ nullable: 1 }),
    flag: int8({ since: 1, default: 7 }),
    gone: int16({ until: 1, default: -1 }),
    list: array(string(), { nullable: 3 }),
    point: struct(
      { x: int64(), y: int64({ default: 9 }) },
      { since: 3, nullable: 3, default: null },
    ),
    label: string({ since: 2, tag: 5, nullable: 2, default: null }),
    extent: struct(
      { x: int64({ default: -1 }), y: int64({ default: -1 }) },
      {
        since: 2,
        tag: 1,
        default: {},
      },
    ),
    ids: array(int32(), { since: 2, tag: 0, default: [] }),
    raw: bytes({ since: 3, tag: 2, nullable: 3, default: null }),
  },
})

function decode(version: number, hex: string) {
  return decoder(Sample, version)(new Reader().reset(Buffer.from(hex.replaceAll(" ", ""), "hex")))
}

const required = { id: 1, name: "n", list: [] }

describe("encoding", () => {
  it("writes defaults for fields left out", () => {
    expect(encode(Sample, 1, required).toString("hex")).toBe(
      "00000001" + "00016e" + "07" + "ffff" + "00000000",
    )
  })
  it("writes no tag for defaults, spelled out or left out", () => {
    const spelled = { ...required, label: null, extent: { x: -1, y: -1 }, ids: [] }
    const hex = "00000001" + "026e" + "07" + "01" + "00"
    expect(encode(Sample, 2, required).toString("hex")).toBe(hex)
    expect(encode(Sample, 2, spelled).toString("hex")).toBe(hex)
  })
  it("writes tags ascending, whatever the order of the fields", () => {
    const value = { ...required, label: "L", extent: { x: 1, y: -1 }, ids: [3] }
    const tags = [
      "03",
      "00 05 02 00000003",
      "01 11 0000000000000001 ffffffffffffffff 00",
      "05 02 024c",
    ]
    expect(encode(Sample, 2, value).toString("hex")).toBe(
      `00000001 026e 07 01${tags.join("")}`.replaceAll(" ", ""),
    )
  })
  it("writes a null struct as -1 and a present one as 1", () => {
    expect(encode(Sample, 3, { ...required, point: null }).at(-2)).toBe(0xff)
    const hex = encode(Sample, 3, { ...required, point: { x: 2 } }).toString("hex")
    expect(hex).toContain("01" + "0000000000000002" + "0000000000000009" + "00")
  })
  it.each([
    ["a required field that is missing", { name: "n", list: [] }],
    ["a number that is too large", { ...required, id: 2 ** 31 }],
    ["a number with a fraction", { ...required, id: 1.5 }],
    ["a small number that is too large", { ...required, flag: 128 }],
    ["a string that is too long", { ...required, name: "x".repeat(32_768) }],
  ])("throws for %s", (_, value) => {
    expect(() => encode(Sample, 1, value)).toThrow(RangeError)
  })
  it("throws for null where the version does not allow it", () => {
    expect(() => encode(Sample, 0, { ...required, name: null })).toThrow()
  })
  it("refuses versions that the message does not have", () => {
    expect(() => encoder(Sample, 4)).toThrow("Sample has no version 4")
    expect(() => decoder(Sample, -1)).toThrow(RangeError)
  })
})

describe("decoding", () => {
  it("gives defaults for fields that the version lacks", () => {
    expect(decode(0, "00000001 00016e 0005 00000000")).toEqual({
      id: 1,
      name: "n",
      flag: 7,
      gone: 5,
      list: [],
      point: null,
      label: null,
      extent: { x: -1, y: -1 },
      ids: [],
      raw: null,
    })
  })
  it("skips unknown tags among known ones", () => {
    const value = decode(2, "00000001 026e 07 01 03 00 05 02 00000003 04 02 ffff 05 02 024c")
    expect(value.ids).toEqual([3])
    expect(value.label).toBe("L")
  })
  it.each([
    ["truncation", 1, "00000001 00016e 07 ffff 0000"],
    ["null where none is allowed", 0, "00000001 ffff 0005 00000000"],
    ["a negative length", 1, "00000001 fffe 07 ffff 00000000"],
    ["a negative count", 1, "00000001 00016e 07 ffff ffffffff"],
    ["a count that the bytes left cannot hold", 1, "00000001 00016e 07 ffff 7fffffff 0000"],
    ["a string longer than the frame", 1, "00000001 7fff 6e"],
    ["a string of over 32767 bytes", 2, "00000001 818002"],
    ["a known tag that is longer than its value", 2, "00000001 026e 07 01 01 00 06 02 00000003 00"],
    ["an unknown tag that is longer than the frame", 2, "00000001 026e 07 01 01 09 05 00"],
    ["more tags than there are", 2, "00000001 026e 07 01 ffffffff0f"],
    ["a variable-length integer of six bytes", 2, "00000001 ffffffffff01"],
    ["a variable-length integer beyond 32 bits", 2, "00000001 ffffffff1f"],
    ["an int64 beyond 2^53", 3, "00000001 026e 07 01 01 0020000000000000 0000000000000000 00 00"],
  ])("refuses %s", (_, version, hex) => {
    expect(() => decode(version, hex)).toThrow(DecodeError)
  })
  it("names the place of a failure, from the start of the frame", () => {
    const bytes = Buffer.concat([Buffer.alloc(3), Buffer.from("00000001fffe", "hex")])
    const reader = new Reader().reset(bytes, 3, 9)
    expect(() => decoder(Sample, 1)(reader)).toThrow("negative length at byte 6")
  })
  it("refuses more elements in a frame than the reader's limit", () => {
    const reader = new Reader(3)
    const four = Buffer.from(
      `00000001 00016e 07 ffff 00000004 ${"0000".repeat(4)}`.replaceAll(" ", ""),
      "hex",
    )
    expect(() => decoder(Sample, 1)(reader.reset(four))).toThrow("more than 3 elements")
  })
})

describe("records", () => {
  const Carrier = message({
    name: "Carrier",
    versions: [0, 1],
    flexible: 1,
    fields: { records: records({ nullable: 0 }), after: int8() },
  })
  const slice = { fd: 9, position: 100, length: 1_000_000, release() {} }
  const write = (
    version: number,
    value: Parameters<ReturnType<typeof encoder<(typeof Carrier)["fields"]>>>[1],
  ) => {
    const writer = new Writer()
    encoder(Carrier, version)(writer, value)
    return { parts: writer.finish(), length: writer.length }
  }

  it("counts a file slice without touching it, between the bytes around it", () => {
    const { parts, length } = write(0, { records: slice, after: 3 })
    expect(parts).toEqual([Buffer.from("000f4240", "hex"), slice, Buffer.from([3])])
    expect(parts[1]).toBe(slice)
    expect(length).toBe(1_000_005)
  })
  it("joins several parts under one length", () => {
    const large = Buffer.alloc(4096, 1)
    const { parts, length } = write(1, { records: [Buffer.from([1, 2]), slice, large], after: 3 })
    expect(parts).toEqual([Buffer.from("c3a43d0102", "hex"), slice, large, Buffer.from([3, 0])])
    expect(parts[2]).toBe(large)
    expect(length).toBe(3 + 2 + 1_000_000 + 4096 + 2)
  })
  it("writes null and no parts", () => {
    expect(write(0, { records: null, after: 3 }).parts).toEqual([Buffer.from("ffffffff03", "hex")])
    expect(write(1, { records: [], after: 3 }).parts).toEqual([Buffer.from("010300", "hex")])
  })
})
