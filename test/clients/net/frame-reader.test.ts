/** Cutting frames: any cut of the stream gives the same frames; memory follows what arrives. */
import { FrameReader } from "../../../clients/net/frame-reader.ts"

function framed(body: Buffer): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(body.length)
  return Buffer.concat([prefix, body])
}

/** Feeds bytes in pieces of at most `piece`; returns what is wrong with them, if anything. */
function feed(reader: FrameReader, bytes: Buffer, piece: number) {
  for (let at = 0; at < bytes.length; ) {
    const space = reader.space()
    const length = Math.min(piece, space.length, bytes.length - at)
    bytes.copy(space, 0, at, at + length)
    at += length
    const bad = reader.received(length)
    if (bad !== undefined) return bad
  }
  return undefined
}

const bodies = [5, 4, 70_000, 4, 300, 65_532, 65_536, 5_000_000, 9].map((length, i) =>
  Buffer.alloc(length, i + 1),
)

describe("frame reader", () => {
  it.each([1_000_000, 65_536, 4099, 997])("pieces of %i bytes give the frames", (piece) => {
    const frames: Buffer[] = []
    const reader = new FrameReader(10_000_000, (frame) => frames.push(frame))
    expect(feed(reader, Buffer.concat(bodies.map(framed)), piece)).toBeUndefined()
    expect(frames.map((frame) => frame.length)).toEqual(bodies.map((body) => body.length))
    expect(frames.every((frame, i) => frame.equals(bodies[i]!))).toBe(true)
  })

  it("byte by byte", () => {
    const frames: Buffer[] = []
    const reader = new FrameReader(1000, (frame) => frames.push(frame))
    feed(reader, Buffer.concat([framed(Buffer.from("hello")), framed(Buffer.from("world"))]), 1)
    expect(frames.map(String)).toEqual(["hello", "world"])
  })

  it("frames stay as they are when more bytes arrive", () => {
    const frames: Buffer[] = []
    const reader = new FrameReader(1000, (frame) => frames.push(frame))
    for (let i = 0; i < 50; i++) feed(reader, framed(Buffer.from(`frame ${i}`)), 100)
    expect(frames.map(String)).toEqual(Array.from({ length: 50 }, (_, i) => `frame ${i}`))
  })

  it("a length over the limit, or negative, is bad", () => {
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(1001)
    expect(feed(new FrameReader(1000, () => {}), prefix, 4)).toMatchObject({ length: 1001 })
    expect(feed(new FrameReader(1000, () => {}), Buffer.alloc(4, 0xff), 4)).toMatchObject({
      length: -1,
    })
  })

  it("a large announced length costs no more than the first allocation", () => {
    const reader = new FrameReader(1 << 30, () => {})
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(1 << 29)
    feed(reader, Buffer.concat([prefix, Buffer.alloc(100)]), 104)
    expect(reader.space().buffer.byteLength).toBeLessThanOrEqual(4 * 1024 * 1024)
  })
})
