/** The portable checksum against the vectors of RFC 3720 and a bit-by-bit model. */
import { crc32c } from "../../../protocol/records/crc32c.ts"

/** The definition, one bit at a time. */
function model(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

describe("crc32c", () => {
  it.each([
    ["32 zeros", Buffer.alloc(32), 0x8a9136aa],
    ["32 ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["32 ascending", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ["32 descending", Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
    ["123456789", Buffer.from("123456789"), 0xe3069283],
    ["nothing", Buffer.alloc(0), 0],
  ])("RFC 3720 vector: %s", (_name, bytes, expected) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(expected)
  })

  it("every length around the slice of 16, at every alignment, equals the model", () => {
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, i) => (i * 151 + 7) & 0xff))
    for (let start = 0; start < 17; start++)
      for (let length = 0; length <= 80; length++)
        expect(crc32c(bytes, start, length)).toBe(model(bytes.subarray(start, start + length)))
  })
})
