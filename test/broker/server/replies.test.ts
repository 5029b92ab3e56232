/** Replies leave in the order of the requests. */

import { Replies } from "../../../broker/server/replies.ts"
import type { Part } from "../../../native/parts.ts"

function world() {
  const sent: string[] = []
  const replies = new Replies((parts) => sent.push(parts.map(show).join("+")))
  return { sent, replies }
}

function show(part: Part): string {
  return part instanceof Uint8Array ? Buffer.from(part).toString() : `slice ${part.position}`
}

function slice(position: number, released: number[]) {
  return { fd: 1, position, length: 1000, release: () => void released.push(position) }
}

describe("replies", () => {
  it("go straight to the transport while nothing is parked", () => {
    const { sent, replies } = world()
    replies.add([Buffer.from("a")])
    replies.add([Buffer.from("b")])
    expect(sent).toEqual(["a", "b"])
    expect(replies.count).toBe(0)
  })

  it("wait behind a parked request, as bytes of their own", () => {
    const { sent, replies } = world()
    const parked = replies.park()
    const writerBuffer = Buffer.from("b")
    replies.add([writerBuffer])
    writerBuffer.write("X")
    expect(sent).toEqual([])
    expect(replies.count).toBe(2)
    expect(replies.heldBytes).toBe(1)
    replies.complete(parked, [Buffer.from("a")])
    expect(sent).toEqual(["a", "b"])
    expect(replies.count).toBe(0)
    expect(replies.heldBytes).toBe(0)
  })

  it("leave in order when parked requests complete backwards", () => {
    const { sent, replies } = world()
    const slots = [replies.park(), replies.park(), replies.park()]
    replies.complete(slots[2]!, [Buffer.from("c")])
    replies.complete(slots[1]!, [Buffer.from("b")])
    expect(sent).toEqual([])
    replies.complete(slots[0]!, [Buffer.from("a")])
    expect(sent).toEqual(["a", "b", "c"])
  })

  it("a request without a reply does not hold up the next", () => {
    const { sent, replies } = world()
    const silent = replies.park()
    replies.add([Buffer.from("b")])
    replies.complete(silent, [])
    expect(sent).toEqual(["b"])
  })

  it("release the slices of replies that cannot leave any more", () => {
    const { sent, replies } = world()
    const released: number[] = []
    const first = replies.park()
    const second = replies.park()
    replies.complete(second, [Buffer.from("b"), slice(1, released)])
    replies.close()
    expect(released).toEqual([1])
    replies.complete(first, [slice(2, released)])
    replies.add([slice(3, released)])
    expect(released).toEqual([1, 2, 3])
    expect(sent).toEqual([])
  })
})
