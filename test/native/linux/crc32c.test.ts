/** The CPU's checksum against the plain one, where its three streams begin and end. */
import { patterned } from "../../support/bytes.ts"
import { addon, describeLinux } from "./linux-house.ts"

describeLinux("crc32c", () => {
  const bytes = patterned(80_000)
  const same = (start: number, length: number): boolean =>
    addon().crc32c(bytes, start, length) === addon().crc32c(bytes, start, length, true)

  it("the check value", () => {
    expect(addon().crc32c(Buffer.from("123456789"), 0, 9)).toBe(0xe3069283)
    expect(addon().crc32c(Buffer.from("123456789"), 0, 9, true)).toBe(0xe3069283)
  })

  it("instruction and software agree at every short length and alignment", () => {
    for (let length = 0; length < 900; length++) {
      if (!same(length % 9, length)) throw new Error(`they differ at length ${length}`)
    }
  })

  it("... and around the lengths where three streams begin", () => {
    for (const block of [256, 8192]) {
      for (const count of [1, 2, 3, 4, 6, 9]) {
        const length = Math.min(block * count, bytes.length - 100)
        for (let difference = -9; difference <= 9; difference++) {
          expect(same(3, length + difference)).toBe(true)
        }
      }
    }
  })

  it("a range outside of the buffer throws", () => {
    expect(() => addon().crc32c(bytes, 79_999, 2)).toThrow("range outside of its buffer")
    expect(() => addon().crc32c(bytes, -1, 2)).toThrow("range outside of its buffer")
    expect(() => addon().crc32c(bytes, Number.NaN, 2)).toThrow("range outside of its buffer")
  })
})
