/** Limits of time, memory and number, the same in every house. */
import { framed, patterned } from "../../support/bytes.ts"
import { BrokerSide } from "./broker-side.ts"
import { forEachHouse, type World } from "./house.ts"

const MIB = 1_048_576

forEachHouse("transport: limits", (open, name) => {
  let world: World

  beforeEach(() => {
    world = open()
  })

  async function brokerWith(options: ConstructorParameters<typeof BrokerSide>[1]) {
    const broker = new BrokerSide(world, options)
    await broker.listen()
    return broker
  }

  it("frameTimeoutMs: a frame that is not complete in time closes its connection", async () => {
    const broker = await brokerWith({ frameTimeoutMs: 60 })
    const waiting = await broker.accept()
    const { client, id } = await broker.accept()
    client.send(framed(patterned(100)).subarray(0, 50))
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "frame-timeout" }])
    expect(waiting.client.isClosed()).toBe(false)
    await world.until(() => client.isClosed(), "the client's end")
  })

  it("frameTimeoutMs: trickling bytes do not extend it", async () => {
    const broker = await brokerWith({ frameTimeoutMs: 400 })
    const { client, id } = await broker.accept()
    for (const byte of framed(patterned(400))) {
      if (broker.closed.length > 0) break
      client.send(Buffer.from([byte]))
      await world.elapse(5)
    }
    expect(broker.closed).toEqual([{ id, reason: "frame-timeout" }])
  })

  it("frameTimeoutMs: does not touch a connection that sends whole frames", async () => {
    const broker = await brokerWith({ frameTimeoutMs: 60 })
    const { client } = await broker.accept()
    for (let count = 0; count < 20; count++) {
      client.send(framed(patterned(10)))
      await world.elapse(10)
    }
    await world.until(() => broker.frames.length === 20, "twenty frames")
    expect(broker.closed).toEqual([])
  })

  it("idleTimeoutMs: who neither sends nor receives is closed, who does is not", async () => {
    const broker = await brokerWith({ idleTimeoutMs: 150 })
    const idle = await broker.accept()
    const busy = await broker.accept()
    while (broker.closed.length === 0) {
      busy.client.send(framed(patterned(1)))
      await world.elapse(10)
    }
    expect(broker.closed).toEqual([{ id: idle.id, reason: "idle" }])
    await world.until(() => idle.client.isClosed(), "the client's end")
  })

  it("sendTimeoutMs: a reader that takes nothing is closed, its slices released", async () => {
    const broker = await brokerWith({ sendTimeoutMs: 100 })
    const fd = broker.createFile(4 * MIB)
    const { client, id } = await broker.accept()
    client.stall()
    for (let count = 0; count < 10; count++) {
      broker.sendSlice(id, { fd, position: 0, length: 4 * MIB })
    }
    broker.transport.flush()
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "send-timeout" }])
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })

  it("maxConnections: one more is closed without onOpen, a free place is given", async () => {
    const broker = await brokerWith({ maxConnections: 2 })
    const first = await broker.accept()
    await broker.accept()
    const refused = world.connect(broker.port)
    await world.until(() => refused.isClosed(), "the refusal")
    expect(broker.opened.length).toBe(2)
    const reasons = broker.closed.map(({ reason }) => reason)
    expect(reasons.filter((reason) => reason !== "too-many-connections")).toEqual([])
    first.client.end()
    await world.until(() => broker.closed.some(({ id }) => id === first.id), "a free place")
    const { client } = await broker.accept()
    client.send(framed(patterned(5)))
    await world.until(() => broker.frames.length === 1, "a frame")
  })

  it("64 connections that announce 100 MB cost what they sent", async () => {
    const broker = await brokerWith({})
    const clients = Array.from({ length: 64 }, () => world.connect(broker.port))
    await world.until(() => broker.opened.length === 64, "64 connections")
    const before = process.memoryUsage()
    const prefix = Buffer.alloc(1004)
    prefix.writeInt32BE(100_000_000)
    for (const client of clients) client.send(prefix)
    await world.until(() => broker.transport.counters.receivedBytes === 64 * 1004, "all prefixes")
    await world.elapse(20)
    const after = process.memoryUsage()
    expect(after.rss - before.rss).toBeLessThan(64 * MIB)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * MIB)
    expect([broker.closed, broker.frames]).toEqual([[], []])
  })

  it("maxRequestMemoryBytes: when used up, only the oldest frame is read on", async () => {
    const broker = await brokerWith({ maxRequestMemoryBytes: 2 * MIB })
    const clients = []
    for (let count = 0; count < 4; count++) clients.push((await broker.accept()).client)
    const bytes = patterned(4 * MIB)
    const stream = framed(bytes)
    for (const client of clients) {
      client.send(stream.subarray(0, 700_000))
      await world.elapse(20)
    }
    // All but the first are stopped: the others may send everything, it stays outside.
    for (const client of clients.slice(1)) client.send(stream.subarray(700_000))
    await world.elapse(100)
    expect(broker.frames.length).toBe(0)
    expect(broker.transport.counters.receivedBytes).toBeLessThan(4 * MIB)
    clients[0]!.send(stream.subarray(700_000))
    await world.until(() => broker.frames.length === 4, "all frames, one after the other")
    expect(broker.frames[0]!.id).toBe(broker.opened[0]!.id)
    expect(broker.frames.every((frame) => frame.bytes.equals(bytes))).toBe(true)
  })

  it("maxRequestMemoryBytes: the oldest frame times out, not the ones behind it", async () => {
    const broker = await brokerWith({ maxRequestMemoryBytes: 100_000, frameTimeoutMs: 200 })
    const stuck = await broker.accept()
    stuck.client.send(framed(patterned(200_000)).subarray(0, 150_000))
    await world.until(() => broker.transport.counters.receivedBytes >= 150_000, "the stuck frame")
    const next = await broker.accept()
    next.client.send(framed(patterned(150_000)))
    await world.until(() => broker.frames.length === 1, "the next frame")
    expect(broker.frames[0]!.id).toBe(next.id)
    expect(broker.closed).toEqual([{ id: stuck.id, reason: "frame-timeout" }])
  })

  if (name !== "simulated") {
    it("5,000 small requests from a reader that never reads: bounded, then closed", async () => {
      const broker = await brokerWith({ maxUnsentBytes: 65_536, sendTimeoutMs: 300 })
      const fd = broker.createFile(MIB)
      const { client } = await broker.accept()
      client.stall()
      broker.answer = (id) => broker.sendSlice(id, { fd, position: 0, length: MIB })
      const before = process.memoryUsage().rss
      client.send(Buffer.concat(Array.from({ length: 5000 }, () => framed(patterned(60)))))
      await world.until(() => broker.closed.length === 1, "a close")
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB)
      expect(broker.releaseCounts()).toEqual(new Set([1]))
      world.os.files.close(fd)
    })
  }
})
