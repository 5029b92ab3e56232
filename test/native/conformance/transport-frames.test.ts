/** Frames out of a stream of bytes, the same in every house. */
import { framed, patterned } from "../../support/bytes.ts"
import { BrokerSide } from "./broker-side.ts"
import { forEachHouse, type World } from "./house.ts"

forEachHouse("transport: frames", (open) => {
  let world: World
  let broker: BrokerSide

  beforeEach(async () => {
    world = open()
    broker = new BrokerSide(world)
    await broker.listen()
  })

  it("tells who is there before the first frame, with both addresses", async () => {
    const { client } = await broker.accept()
    const { info } = broker.opened[0]!
    expect([info.remoteHost, info.localHost, info.localPort]).toEqual([
      "127.0.0.1",
      "127.0.0.1",
      broker.port,
    ])
    expect(info.remotePort).toBeGreaterThan(0)
    expect(client.isClosed()).toBe(false)
    expect(broker.transport.counters.openConnections).toBe(1)
  })

  it("hands over frames whole, in order, without their prefix", async () => {
    const { client, id } = await broker.accept()
    const sent = [patterned(1), patterned(0), patterned(5000, 3), patterned(300_000, 9)]
    client.send(Buffer.concat(sent.map(framed)))
    await world.until(() => broker.frames.length === 4, "four frames")
    expect(broker.frames.every((frame) => frame.id === id)).toBe(true)
    expect(broker.frames.map((frame) => frame.bytes.length)).toEqual([1, 0, 5000, 300_000])
    expect(
      Buffer.concat(broker.frames.map((frame) => frame.bytes)).equals(Buffer.concat(sent)),
    ).toBe(true)
  })

  it("does not care where the stream was cut", async () => {
    const { client } = await broker.accept()
    const sent = Array.from({ length: 40 }, (_, index) => patterned(index * 7, index))
    const stream = Buffer.concat(sent.map(framed))
    for (let position = 0, step = 1; position < stream.length; step = (step % 11) + 1) {
      client.send(stream.subarray(position, position + step))
      position += step
      if (step === 5) await world.elapse(1)
    }
    await world.until(() => broker.frames.length === 40, "forty frames")
    expect(broker.frames.map((frame) => frame.bytes.toString("hex"))).toEqual(
      sent.map((bytes) => bytes.toString("hex")),
    )
  })

  it("one byte at a time, prefix included", async () => {
    const { client } = await broker.accept()
    for (const byte of framed(Buffer.from("slow"))) {
      client.send(Buffer.from([byte]))
      await world.elapse(2)
    }
    await world.until(() => broker.frames.length === 1, "a frame")
    expect(broker.frames[0]!.bytes.toString()).toBe("slow")
  })

  it("a frame of many mebibytes", async () => {
    const { client } = await broker.accept()
    const bytes = patterned(10_000_000)
    client.send(framed(bytes))
    await world.until(() => broker.frames.length === 1, "a large frame")
    expect(broker.frames[0]!.bytes.equals(bytes)).toBe(true)
    expect(broker.transport.counters.receivedBytes).toBe(10_000_004)
  })

  it("ends a turn after its frames; what is sent within leaves by itself", async () => {
    const { client } = await broker.accept()
    broker.answer = (id, bytes) => broker.send(id, framed(bytes))
    for (let count = 0; count < 500; count++) client.send(framed(patterned(20, count)))
    await world.until(() => client.receivedBytes() === 500 * 24, "500 replies")
    await world.until(() => broker.framesInTurn === 0, "the end of the last turn")
    expect(broker.turnCount).toBeGreaterThan(0)
    expect(broker.turnCount).toBeLessThanOrEqual(500)
    const expected = Array.from({ length: 500 }, (_, count) => framed(patterned(20, count)))
    expect(client.received().equals(Buffer.concat(expected))).toBe(true)
  })

  it("many connections at once: each hears its own replies", async () => {
    const clients = Array.from({ length: 40 }, () => world.connect(broker.port))
    broker.answer = (id, bytes) => broker.send(id, framed(bytes))
    clients.forEach((client, index) => {
      for (let count = 0; count < 20; count++) client.send(framed(Buffer.from([index, count])))
    })
    await world.until(() => clients.every((client) => client.receivedBytes() === 120), "replies")
    clients.forEach((client, index) => {
      const expected = Array.from({ length: 20 }, (_, count) => framed(Buffer.from([index, count])))
      expect(client.received().equals(Buffer.concat(expected))).toBe(true)
    })
    expect(new Set(broker.opened.map(({ id }) => id)).size).toBe(40)
  })

  it("negative length: closed at once, what came before is handed over", async () => {
    const { client, id } = await broker.accept()
    client.send(Buffer.concat([framed(Buffer.from("good")), Buffer.from("fffffff0", "hex")]))
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "oversized-frame" }])
    expect(broker.frames.map((frame) => frame.bytes.toString())).toEqual(["good"])
    await world.until(() => client.isClosed(), "the client's end")
  })

  it("length over maxFrameBytes: closed; exactly maxFrameBytes: fine", async () => {
    const small = new BrokerSide(world, { maxFrameBytes: 1000 })
    await small.listen()
    const fine = await small.accept()
    fine.client.send(framed(patterned(1000)))
    await world.until(() => small.frames.length === 1, "a frame of the largest size")
    const { client, id } = await small.accept()
    // The prefix alone, cut in two, is enough.
    client.send(Buffer.from("0000", "hex"))
    await world.elapse(5)
    client.send(Buffer.from("03e9", "hex"))
    await world.until(() => small.closed.length === 1, "a close")
    expect(small.closed).toEqual([{ id, reason: "oversized-frame" }])
  })

  it("disconnected from within a frame: the frames behind it are not handed over", async () => {
    const { client, id } = await broker.accept()
    broker.answer = (from) => broker.transport.disconnect(from)
    client.send(Buffer.concat([framed(patterned(3)), framed(patterned(4)), framed(patterned(5))]))
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.frames.length).toBe(1)
    expect(broker.closed).toEqual([{ id, reason: "closed" }])
  })

  it("pause: nothing more is read until resume, nothing is lost", async () => {
    const { client, id } = await broker.accept()
    broker.answer = (from) => broker.transport.pause(from)
    client.send(framed(Buffer.from("first")))
    await world.until(() => broker.frames.length === 1, "the first frame")
    for (let count = 0; count < 2000; count++) client.send(framed(patterned(10_000, count)))
    await world.elapse(100)
    // What one or two reads had brought already may still be handed over, 20 MB may not.
    expect(broker.frames.length).toBeLessThan(200)
    broker.answer = () => {}
    broker.transport.resume(id)
    await world.until(() => broker.frames.length === 2001, "the rest")
    expect(broker.frames[2000]!.bytes.equals(patterned(10_000, 1999))).toBe(true)
  })
})
