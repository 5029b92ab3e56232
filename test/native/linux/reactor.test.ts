/** Who gets a turn, whose time is up, and what becomes of frames that somebody kept. */
import { connect, type Socket } from "node:net"
import type { ConnectionId, Transport, TransportOptions } from "../../../native/os.ts"
import { framed, patterned } from "../../support/bytes.ts"
import { until } from "../../support/until.ts"
import { describeLinux, openHouse } from "./linux-house.ts"

const MIB = 1 << 20

describeLinux("reactor", () => {
  const os = openHouse()
  const sockets: Socket[] = []
  let transport: Transport
  let port: number
  let frames: { id: ConnectionId; bytes: Buffer; start: number; length: number }[]
  let closed: string[]

  async function listen(options: Partial<TransportOptions> = {}): Promise<void> {
    frames = []
    closed = []
    transport = os.createTransport(
      {
        onOpen() {},
        onFrame: (id, bytes, start, length) => void frames.push({ id, bytes, start, length }),
        onTurnEnd() {},
        onClose: (_, reason) => void closed.push(reason),
      },
      options,
    )
    port = await new Promise<number>((done) => transport.listen("127.0.0.1", 0, done))
  }

  function dial(): Socket {
    const socket = connect(port, "127.0.0.1").on("error", () => {})
    sockets.push(socket)
    return socket
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await new Promise<void>((done) => transport.close(done))
  })

  it("more busy connections than one turn has room for: each gets its turns", async () => {
    await listen()
    const stream = Buffer.concat(Array.from({ length: 4000 }, () => framed(patterned(1000))))
    for (let count = 0; count < 24; count++) dial().write(stream)
    await until(() => frames.length >= 24_000, "a quarter of all frames")
    const seen = new Set(frames.slice(0, 24_000).map(({ id }) => id))
    expect(seen.size).toBe(24)
    await until(() => frames.length === 96_000, "all frames")
  })

  it("a stuck frame is cut off in time, however busy the others are", async () => {
    await listen({ frameTimeoutMs: 150 })
    dial().write(Buffer.from([0, 0, 0, 9, 1]))
    const busy = dial()
    const frame = framed(patterned(64))
    while (closed.length === 0 && frames.length < 2000) {
      busy.write(frame.subarray(0, 20))
      await new Promise((done) => setTimeout(done, 2))
      busy.write(frame.subarray(20))
      await new Promise((done) => setTimeout(done, 2))
    }
    expect(closed).toEqual(["frame-timeout"])
  })

  it("a frame kept too long: its bytes go with the transport instead of crashing", async () => {
    await listen()
    dial().write(framed(patterned(100)))
    dial().write(framed(patterned(MIB)))
    await until(() => frames.length === 2, "frames")
    await new Promise<void>((done) => transport.close(done))
    await until(() => frames.every(({ bytes }) => bytes.length === 0), "the end of their bytes")
    expect(frames[0]!.bytes[frames[0]!.start]).toBe(undefined)
  })

  it("memory of large frames is given back when they stop", async () => {
    await listen()
    const socket = dial()
    socket.write(framed(patterned(12 * MIB)))
    await until(() => frames.length === 1, "the frame")
    const { bytes } = frames[0]!
    expect(bytes.length).toBeGreaterThan(12 * MIB)
    await until(() => bytes.length === 0, "its region to be unmapped")
    socket.write(framed(patterned(2 * MIB)))
    await until(() => frames.length === 2, "another")
    const { bytes: again, start, length } = frames[1]!
    expect(again.subarray(start, start + length).equals(patterned(2 * MIB))).toBe(true)
  })

  it("a frame beyond what is kept for the next: its memory goes at once", async () => {
    await listen()
    dial().write(framed(patterned(20 * MIB)))
    await until(() => frames.length === 1, "the frame")
    await until(() => frames[0]!.bytes.length === 0, "its region to be unmapped")
  })

  it("connections that come and go never get each other's id", async () => {
    await listen()
    const ids = new Set<ConnectionId>()
    for (let count = 0; count < 50; count++) {
      const socket = dial()
      socket.write(framed(patterned(3)))
      await until(() => frames.length === count + 1, "a frame")
      ids.add(frames[count]!.id)
      socket.destroy()
      await until(() => closed.length === count + 1, "its end")
    }
    expect(ids.size).toBe(50)
    transport.send([...ids][0]!, Buffer.from("late"), 0, 4)
    transport.flush()
    expect(transport.counters.copiedBytes).toBe(0)
  })

  it("congestion control that the system does not have: listen says so", async () => {
    await listen()
    const other = os.createTransport(
      { onOpen() {}, onFrame() {}, onTurnEnd() {}, onClose() {} },
      { congestionControl: "none-of-that-name" },
    )
    const result = await new Promise<number>((done) => other.listen("127.0.0.1", 0, done))
    expect(result).toBeLessThan(0)
    await new Promise<void>((done) => other.close(done))
  })
})
