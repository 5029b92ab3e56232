/** Duplicates, gaps, fencing, open transactions; and their image on disk. */
import { crc32c } from "../../protocol/records/crc32c.ts"
import { formatSnapshot, parseSnapshot } from "../../storage/producer-snapshot.ts"
import { ProducerState } from "../../storage/producer-state.ts"
import { batchOf } from "./fixture.ts"

const MAX = 0x7fffffff

class Producers {
  readonly state = new ProducerState()
  offset = 0

  batch(
    baseSequence: number,
    options: { epoch?: number; count?: number; id?: number; tx?: boolean } = {},
  ) {
    const { epoch = 0, count = 1, id = 9, tx = false } = options
    const values = Array<string>(count).fill("v")
    const producer = { producerId: id, producerEpoch: epoch, baseSequence, isTransactional: tx }
    return batchOf(values, producer)
  }

  /** "ok", the offset of the batch it repeats, or why not. */
  send(baseSequence: number, options: Parameters<Producers["batch"]>[1] = {}): string | number {
    const bytes = this.batch(baseSequence, options)
    const verdict = this.state.check(bytes, 0)
    if (verdict !== undefined) return "ok" in verdict ? verdict.reason : verdict.lastOffset
    this.state.noteBatch(bytes, 0, this.offset)
    this.offset += options.count ?? 1
    return "ok"
  }

  end(type: "commit" | "abort", id = 9, epoch = 0) {
    const offset = this.offset++
    return this.state.noteMarker({
      producerId: id,
      epoch,
      coordinatorEpoch: 1,
      type,
      offset,
      timestamp: 5,
    })
  }
}

describe("sequences", () => {
  it("the last five batches are recognised, older ones are out of order", () => {
    const p = new Producers()
    for (let sequence = 0; sequence < 14; sequence += 2)
      expect(p.send(sequence, { count: 2 })).toBe("ok")
    expect(p.send(4, { count: 2 })).toBe(5)
    expect(p.send(12, { count: 2 })).toBe(13)
    expect(p.send(2, { count: 2 })).toBe("out-of-order-sequence")
    expect(p.send(12, { count: 1 })).toBe("out-of-order-sequence")
  })

  it("a gap is refused and leaves no trace", () => {
    const p = new Producers()
    p.send(0)
    expect(p.send(2)).toBe("out-of-order-sequence")
    expect(p.send(1)).toBe("ok")
  })

  it("an unknown producer may start anywhere", () => expect(new Producers().send(77)).toBe("ok"))

  it("wrap at 2^31 - 1, within a batch and between two", () => {
    const p = new Producers()
    expect(p.send(MAX - 1, { count: 3 })).toBe("ok")
    expect(p.send(1)).toBe("ok")
    expect(p.send(MAX - 1, { count: 3 })).toBe(2)
    const q = new Producers()
    expect(q.send(MAX)).toBe("ok")
    expect(q.send(0)).toBe("ok")
  })

  it("an old epoch is fenced; a new one starts with 0", () => {
    const p = new Producers()
    p.send(0, { epoch: 3 })
    expect(p.send(1, { epoch: 2 })).toBe("invalid-producer-epoch")
    expect(p.send(1, { epoch: 4 })).toBe("out-of-order-sequence")
    expect(p.send(0, { epoch: 4 })).toBe("ok")
    expect(p.send(1, { epoch: 3 })).toBe("invalid-producer-epoch")
  })

  it("after a marker of a new epoch, only sequence 0 follows", () => {
    const p = new Producers()
    p.send(0, { tx: true })
    p.end("commit", 9, 1)
    expect(p.send(1, { epoch: 1 })).toBe("out-of-order-sequence")
    expect(p.send(0, { epoch: 1 })).toBe("ok")
  })

  it("silent producers are forgotten, those with an open transaction are not", () => {
    const p = new Producers()
    p.send(0, { id: 1 })
    p.send(0, { id: 2, tx: true })
    p.state.expire(1_700_000_000_000 + 999, 1000)
    expect(p.state.count).toBe(2)
    p.state.expire(1_700_000_000_000 + 1000, 1000)
    expect([...p.state.entries()].map(({ producerId }) => producerId)).toEqual([2])
  })
})

describe("transactions", () => {
  it("the first unstable offset is that of the oldest open or not yet safely ended one", () => {
    const p = new Producers()
    expect(p.state.firstUnstableOffset).toBeUndefined()
    p.send(0, { id: 1, tx: true }) // 0
    p.send(0, { id: 2, tx: true }) // 1
    expect(p.state.firstUnstableOffset).toBe(0)
    expect(p.end("commit", 1)).toEqual({ firstOffset: 0, lastOffset: 2, lastStableOffset: 1 })
    expect(p.state.firstUnstableOffset).toBe(0) // the marker may be lost
    p.state.noteDurable(2)
    expect(p.state.firstUnstableOffset).toBe(0)
    p.state.noteDurable(3)
    expect(p.state.firstUnstableOffset).toBe(1)
    expect(p.end("abort", 2)).toEqual({ firstOffset: 1, lastOffset: 3, lastStableOffset: 4 })
    p.state.noteDurable(4)
    expect(p.state.firstUnstableOffset).toBeUndefined()
  })

  it("a plain batch of a producer in a transaction is refused", () => {
    const p = new Producers()
    p.send(0, { tx: true })
    expect(p.send(1)).toBe("invalid-record")
    expect(p.send(1, { tx: true })).toBe("ok")
  })

  it("markers of a replaced coordinator or producer are refused", () => {
    const p = new Producers()
    p.send(0, { tx: true, epoch: 5 })
    const marker = { producerId: 9, epoch: 5, coordinatorEpoch: 1 }
    expect(p.state.checkMarker({ ...marker, epoch: 4 })).toMatchObject({ ok: false })
    p.end("commit", 9, 5)
    expect(p.state.checkMarker(marker)).toBeUndefined()
    expect(p.state.checkMarker({ ...marker, coordinatorEpoch: 0 })).toMatchObject({ ok: false })
  })
})

describe("snapshots", () => {
  it("hold every producer with its last batch", () => {
    const p = new Producers()
    p.send(0, { id: 1, count: 3 })
    p.send(0, { id: 2, tx: true })
    const bytes = formatSnapshot(p.state.entries(), crc32c)
    expect(bytes).toHaveLength(10 + 2 * 46)
    const again = new ProducerState()
    again.reset(parseSnapshot(bytes, crc32c)!)
    expect(formatSnapshot(again.entries(), crc32c)).toEqual(bytes)
    expect(again.firstUnstableOffset).toBe(3)
    expect(again.check(p.batch(0, { id: 1, count: 3 }), 0)).toMatchObject({ lastOffset: 2 })
    expect(again.check(p.batch(3, { id: 1 }), 0)).toBeUndefined()
  })

  it("a damaged one is nothing", () => {
    const p = new Producers()
    p.send(0)
    const bytes = formatSnapshot(p.state.entries(), crc32c)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x10
      expect(parseSnapshot(damaged, crc32c)).toBeUndefined()
    }
    for (let length = 0; length < bytes.length; length++)
      expect(parseSnapshot(bytes.subarray(0, length), crc32c)).toBeUndefined()
  })
})
