/** Cutting frames out of chunks: any cut, any length, bounded memory. */
import { FrameCutter } from "../../../native/portable/framing.ts"
import { Prng } from "../../../native/simulated/prng.ts"
import { framed, patterned } from "../../support/bytes.ts"
import { forEachSeed } from "../../support/seeds.ts"

const MAX_FRAME_BYTES = 100_000_000

function collect(maxFrameBytes = MAX_FRAME_BYTES): { cutter: FrameCutter; frames: Buffer[] } {
  const frames: Buffer[] = []
  const cutter = new FrameCutter(maxFrameBytes, (bytes, start, length) => {
    frames.push(Buffer.from(bytes.subarray(start, start + length)))
    return true
  })
  return { cutter, frames }
}

describe("framing", () => {
  it("every cut of every seed gives the same frames, and holds nothing at the end", () =>
    forEachSeed(300, (seed) => {
      const chance = new Prng(seed)
      const sent = Array.from({ length: 1 + chance.between(0, 8) }, (_, index) =>
        patterned(chance.between(0, chance.pick([2, 50, 5000])), index),
      )
      const stream = Buffer.concat(sent.map(framed))
      const { cutter, frames } = collect()
      for (let position = 0; position < stream.length; ) {
        const length = chance.between(1, chance.pick([2, 6, 300, 9000]))
        expect(cutter.take(Buffer.from(stream.subarray(position, position + length)))).toBe(true)
        position += length
      }
      expect(Buffer.concat(frames.map(framed)).equals(stream)).toBe(true)
      expect(cutter.heldBytes).toBe(0)
    }))

  it("holds at most twice what arrived, whatever was announced", () => {
    const { cutter } = collect()
    const chunk = Buffer.alloc(1000)
    chunk.writeInt32BE(MAX_FRAME_BYTES)
    for (let arrived = 1000; arrived < 3_000_000; arrived += 1000) {
      cutter.take(chunk)
      expect(cutter.heldBytes).toBeLessThanOrEqual(2 * arrived)
      expect(cutter.heldBytes).toBeGreaterThanOrEqual(arrived)
    }
    expect(cutter.announcedBytes).toBe(MAX_FRAME_BYTES)
  })

  it("a length that is not allowed, wherever its prefix was cut", () => {
    for (const prefix of ["ffffffff", "80000000", "000003e9", "7fffffff"]) {
      for (let cut = 0; cut <= 4; cut++) {
        const { cutter, frames } = collect(1000)
        const bytes = Buffer.from(prefix, "hex")
        const stream = Buffer.concat([framed(Buffer.from("fine")), bytes])
        const isFine =
          cutter.take(stream.subarray(0, 8 + cut)) && cutter.take(stream.subarray(8 + cut))
        expect([isFine, frames.length]).toEqual([false, 1])
      }
    }
  })

  it("a taker that stops hears nothing more of the chunk", () => {
    const heard: number[] = []
    const cutter = new FrameCutter(1000, (_bytes, _start, length) => {
      heard.push(length)
      return length !== 2
    })
    cutter.take(Buffer.concat([1, 2, 3].map((length) => framed(patterned(length)))))
    expect(heard).toEqual([1, 2])
    expect(cutter.heldBytes).toBe(0)
  })
})
