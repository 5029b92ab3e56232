/** Partitioning: Kafka's hash for keys, sticky partitions without. */
import { murmur2, partitionForKey, StickyPartition } from "../../../clients/producer/partitioner.ts"

/** Computed by `org.apache.kafka.common.utils.Utils.murmur2` of kafka-clients 4.3.1. */
const golden: [string, number][] = [
  ["", 275646681],
  ["a", -1563381124],
  ["21", -973932308],
  ["abc", 479470107],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["héllo", 614509002],
  ["1234567", -605210426],
]

describe("partitioner: keyed records", () => {
  it.each(golden)("murmur2 of %p is Kafka's", (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it("murmur2 of all byte values is Kafka's", () => {
    expect(murmur2(Buffer.from(sevens()))).toBe(996416776)
  })

  it("a negative hash gives a partition within range", () => {
    expect(partitionForKey(Buffer.from("21"), 7)).toBe((-973932308 & 0x7fffffff) % 7)
  })
})

describe("partitioner: records without a key", () => {
  it("stick to one partition until its share of bytes is used up", () => {
    const sticky = new StickyPartition(1000, () => 0.5)
    const taken = Array.from({ length: 20 }, () => sticky.take(4, 100))
    expect(new Set(taken.slice(0, 10)).size).toBe(1)
    expect(new Set(taken.slice(10)).size).toBe(1)
    expect(taken[10]).not.toBe(taken[9])
  })

  it("all partitions are drawn", () => {
    let n = 0
    const sticky = new StickyPartition(1, () => ((n++ * 7919) % 1000) / 1000)
    const taken = new Set(Array.from({ length: 200 }, () => sticky.take(5, 10)))
    expect([...taken].sort()).toEqual([0, 1, 2, 3, 4])
  })

  it("a partition left for want of a leader is not drawn next", () => {
    const sticky = new StickyPartition(1000, () => 0)
    const first = sticky.take(3, 10)
    sticky.leave()
    expect(sticky.take(3, 10)).not.toBe(first)
  })

  it("fewer partitions than before are respected", () => {
    const sticky = new StickyPartition(1000, () => 0.99)
    sticky.take(8, 10)
    expect(sticky.take(2, 10)).toBeLessThan(2)
  })
})

function sevens(): number[] {
  return Array.from({ length: 300 }, (_, i) => (i * 7) & 0xff)
}
