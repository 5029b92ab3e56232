/** Field access over the bytes of a batch, against an independent writer (Buffer's own methods). */
import * as batch from "../../../protocol/records/batch.ts"

/** A batch header with a different value in every field, and `extra` bytes of records. */
function header(extra = 0): Buffer {
  const bytes = Buffer.alloc(batch.BATCH_OVERHEAD + extra)
  bytes.writeBigInt64BE(9_007_199_254_740_000n, 0)
  bytes.writeInt32BE(49 + extra, 8)
  bytes.writeInt32BE(-7, 12)
  bytes.writeInt8(2, 16)
  bytes.writeUInt32BE(0xfedcba98, 17)
  bytes.writeInt16BE(0x1c, 21)
  bytes.writeInt32BE(41, 23)
  bytes.writeBigInt64BE(1_700_000_000_123n, 27)
  bytes.writeBigInt64BE(-1n, 35)
  bytes.writeBigInt64BE(4_000_000_001n, 43)
  bytes.writeInt16BE(-2, 51)
  bytes.writeInt32BE(2_147_483_647, 53)
  bytes.writeInt32BE(42, 57)
  return bytes
}

describe("batch fields", () => {
  it("are read where Kafka writes them, at any position", () => {
    const bytes = Buffer.concat([Buffer.alloc(5, 0xee), header(3)])
    expect(batch.batchLength(bytes, 5)).toBe(64)
    expect(batch.baseOffset(bytes, 5)).toBe(9_007_199_254_740_000)
    expect(batch.leaderEpoch(bytes, 5)).toBe(-7)
    expect(batch.magic(bytes, 5)).toBe(2)
    expect(batch.crc(bytes, 5)).toBe(0xfedcba98)
    expect(batch.lastOffsetDelta(bytes, 5)).toBe(41)
    expect(batch.lastOffset(bytes, 5)).toBe(9_007_199_254_740_041)
    expect(batch.baseTimestamp(bytes, 5)).toBe(1_700_000_000_123)
    expect(batch.maxTimestamp(bytes, 5)).toBe(-1)
    expect(batch.producerId(bytes, 5)).toBe(4_000_000_001)
    expect(batch.producerEpoch(bytes, 5)).toBe(-2)
    expect(batch.baseSequence(bytes, 5)).toBe(2_147_483_647)
    expect(batch.recordCount(bytes, 5)).toBe(42)
  })

  it("attribute bits come apart and together again", () => {
    const bits = batch.attributes(header(), 0)
    expect(batch.compressionOf(bits)).toBe(4)
    expect(batch.timestampType(bits)).toBe("LogAppendTime")
    expect(batch.isTransactional(bits)).toBe(true)
    expect(batch.isControl(bits)).toBe(false)
    const parts = {
      compression: 4,
      timestampType: batch.timestampType(bits),
      isTransactional: true,
      isControl: false,
    }
    expect(batch.packAttributes(parts)).toBe(bits)
  })

  it.each([0, 1, -1, 4_294_967_295, 4_294_967_296, -4_294_967_297, 2 ** 53 - 1, -(2 ** 53 - 1)])(
    "int64 %d is written as Buffer writes it and read back",
    (value) => {
      const bytes = Buffer.alloc(8)
      batch.setInt64(bytes, 0, value)
      expect(bytes.readBigInt64BE(0)).toBe(BigInt(value))
      expect(batch.int64At(bytes, 0)).toBe(value)
    },
  )

  it("stamping changes the stamped fields and nothing else", () => {
    const bytes = header()
    batch.setBaseOffset(bytes, 0, 12)
    batch.setLeaderEpoch(bytes, 0, 3)
    batch.setCrc(bytes, 0, 0x80000001)
    const expected = header()
    expected.writeBigInt64BE(12n, 0)
    expected.writeInt32BE(3, 12)
    expected.writeUInt32BE(0x80000001, 17)
    expect(bytes.equals(expected)).toBe(true)
  })

  it("LogAppendTime sets the type bit and the largest timestamp", () => {
    const bytes = header()
    bytes.writeInt16BE(0x12, 21)
    batch.setLogAppendTime(bytes, 0, 1_800_000_000_000)
    expect(bytes.readInt16BE(21)).toBe(0x1a)
    expect(batch.maxTimestamp(bytes, 0)).toBe(1_800_000_000_000)
  })
})

describe("walking batches", () => {
  const three = Buffer.concat([header(0), header(10), header(2)])

  it("gives the position of every whole batch", () => {
    expect([...batch.batches(three, 0, three.length)]).toEqual([0, 61, 132])
  })

  it("every cut leaves exactly the batches that are whole", () => {
    for (let end = 0; end <= three.length; end++) {
      const whole = [61, 132, 195].filter((batchEnd) => batchEnd <= end).length
      expect([...batch.batches(three, 0, end)]).toHaveLength(whole)
    }
  })

  it("a length field no batch can have is told apart from an incomplete batch", () => {
    const bytes = header()
    expect(batch.batchLengthAt(bytes, 0, 60)).toBe(batch.INCOMPLETE)
    expect(batch.batchLengthAt(bytes, 0, 61)).toBe(61)
    for (const length of [48, 0, -1, -2_147_483_648]) {
      bytes.writeInt32BE(length, 8)
      expect(batch.batchLengthAt(bytes, 0, 61)).toBe(batch.MALFORMED)
      expect([...batch.batches(bytes, 0, 61)]).toEqual([])
    }
    bytes.writeInt32BE(2_147_483_647, 8)
    expect(batch.batchLengthAt(bytes, 0, 61)).toBe(batch.INCOMPLETE)
  })
})
