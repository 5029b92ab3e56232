/** The checksum against its standard and its definition. */
import { crc32c } from "../../../native/portable/crc32c.ts"

describe("portable crc32c", () => {
  it("gives the check value of the standard", () => {
    expect(crc32c(Buffer.from("123456789"), 0, 9)).toBe(0xe3069283)
  })

  it("gives the values of RFC 3720", () => {
    expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff), 0, 32)).toBe(0x62a8ab43)
    expect(
      crc32c(
        Uint8Array.from({ length: 32 }, (_, index) => index),
        0,
        32,
      ),
    ).toBe(0x46dd794e)
  })

  it("is the same at every start and length as bit by bit", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => (index * 97 + 13) & 255)
    for (let start = 0; start < 20; start++) {
      for (let length = 0; start + length <= 80; length += 7) {
        expect(crc32c(bytes, start, length)).toBe(bitByBit(bytes.subarray(start, start + length)))
      }
    }
  })

  it("refuses a range outside the bytes", () => {
    expect(() => crc32c(new Uint8Array(4), 2, 3)).toThrow(RangeError)
  })
})

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
