/** appendBatch and crc32c, the same in every house: what is stamped, written and refused. */
import { errnoName } from "../../../native/errno.ts"
import type { BatchAppend } from "../../../native/os.ts"
import { patterned } from "../../support/bytes.ts"
import { forEachHouse, type World } from "./house.ts"

const LENGTH = 300
const START = 13

forEachHouse("appendBatch", (open) => {
  let world: World
  let append: BatchAppend

  beforeEach(() => {
    world = open()
    const bytes = patterned(400)
    bytes.writeUInt32BE(world.os.crc32c(bytes, START + 21, LENGTH - 21), START + 17)
    append = {
      fd: world.os.files.open(`${world.directory}/log`, "create"),
      ...{ bytes, start: START, length: LENGTH, position: 50 },
      ...{ baseOffset: 5_000_000_000_001, leaderEpoch: 77, checkCrc: true },
    }
  })

  afterEach(() => world.os.files.close(append.fd))

  function written(): Buffer {
    const bytes = Buffer.alloc(world.os.files.size(append.fd))
    world.os.files.read(append.fd, bytes, 0, bytes.length, 0)
    return bytes.subarray(50)
  }

  it("stamps base offset and leader epoch, leaves the rest, writes at the position", () => {
    const expected = Buffer.from(append.bytes.subarray(START, START + LENGTH))
    expected.writeBigInt64BE(5_000_000_000_001n, 0)
    expected.writeInt32BE(77, 12)
    expect(world.os.files.appendBatch(append)).toBe(LENGTH)
    expect(written().equals(expected)).toBe(true)
    expect(expected.equals(append.bytes.subarray(START, START + LENGTH))).toBe(true)
  })

  it("stamps the largest offset and the epoch -1", () => {
    append.baseOffset = Number.MAX_SAFE_INTEGER
    append.leaderEpoch = -1
    expect(world.os.files.appendBatch(append)).toBe(LENGTH)
    expect(written().readBigInt64BE(0)).toBe(BigInt(Number.MAX_SAFE_INTEGER))
    expect(written().readInt32BE(12)).toBe(-1)
  })

  it("wrong CRC: writes nothing, neither to the file nor to the bytes", () => {
    append.bytes[START + 200]! ^= 1
    const before = Buffer.from(append.bytes)
    expect(errnoName(world.os.files.appendBatch(append))).toBe("EBADMSG")
    expect(world.os.files.size(append.fd)).toBe(0)
    expect(before.equals(append.bytes)).toBe(true)
  })

  it("wrong CRC, not asked for: writes", () => {
    append.bytes[START + 200]! ^= 1
    append.checkCrc = false
    expect(world.os.files.appendBatch(append)).toBe(LENGTH)
    expect(written().length).toBe(LENGTH)
  })

  it("descriptor that is not open: the error of the write", () => {
    world.os.files.close(append.fd)
    append.fd = 1_000_000
    expect(errnoName(world.os.files.appendBatch(append))).toBe("EBADF")
  })

  it("large batch: all bytes arrive", () => {
    const bytes = patterned(3_000_000)
    bytes.writeUInt32BE(world.os.crc32c(bytes, 21, bytes.length - 21), 17)
    const large = { ...append, bytes, start: 0, length: bytes.length }
    expect(world.os.files.appendBatch(large)).toBe(bytes.length)
    expect(written().equals(bytes)).toBe(true)
  })
})

forEachHouse("crc32c", (open) => {
  it("gives the check value, at any start", () => {
    const { os } = open()
    expect(os.crc32c(Buffer.from("123456789"), 0, 9)).toBe(0xe3069283)
    expect(os.crc32c(Buffer.from("xx123456789x"), 2, 9)).toBe(0xe3069283)
    expect(os.crc32c(Buffer.alloc(0), 0, 0)).toBe(0)
  })

  it("is the same in every house for every length up to a thousand", () => {
    const { os } = open()
    const bytes = patterned(1003)
    let sum = 0
    for (let length = 0; length <= 1000; length++)
      sum = (sum * 31 + os.crc32c(bytes, 3, length)) % 2 ** 40
    expect(sum).toBe(EXPECTED_SUM)
  })
})

/** Of the bit-by-bit definition (see test/native/portable/crc32c.test.ts). */
const EXPECTED_SUM = 851_226_431_729
