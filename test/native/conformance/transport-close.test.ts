/** How connections, listeners and transports end, the same in every house. */
import { errnoName } from "../../../native/errno.ts"
import { framed, patterned } from "../../support/bytes.ts"
import { BrokerSide } from "./broker-side.ts"
import { type Client, forEachHouse, type World } from "./house.ts"

const MIB = 1_048_576

forEachHouse("transport: endings", (open, name) => {
  let world: World
  let broker: BrokerSide

  beforeEach(async () => {
    world = open()
    broker = new BrokerSide(world)
    await broker.listen()
  })

  it("the peer ends its stream: closed with its last frame handed over", async () => {
    const { client, id } = await broker.accept()
    client.send(framed(Buffer.from("last")))
    client.end()
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "peer" }])
    expect(broker.frames.map((frame) => frame.bytes.toString())).toEqual(["last"])
    expect(broker.transport.counters.openConnections).toBe(0)
    expect(broker.transport.counters.acceptedConnections).toBe(1)
  })

  it("the peer ends in the middle of a frame: closed, the frame forgotten", async () => {
    const { client } = await broker.accept()
    client.send(framed(patterned(100)).subarray(0, 70))
    client.end()
    await world.until(() => broker.closed.length === 1, "a close")
    expect([broker.closed[0]!.reason, broker.frames]).toEqual(["peer", []])
  })

  it("the peer vanishes with replies under way: slices are released once", async () => {
    const fd = broker.createFile(4 * MIB)
    const { client, id } = await broker.accept()
    client.stall()
    for (let count = 0; count < 20; count++) {
      broker.send(id, patterned(10))
      broker.sendSlice(id, { fd, position: 0, length: 4 * MIB })
    }
    broker.transport.flush()
    await world.elapse(20)
    client.reset()
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "peer" }])
    await world.until(() => !broker.releaseCounts().has(0), "releases")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })

  it("disconnect: closes from the loop, what was queued is dropped and released", async () => {
    const fd = broker.createFile(MIB)
    const { client, id } = await broker.accept()
    broker.sendSlice(id, { fd, position: 0, length: MIB })
    broker.transport.disconnect(id)
    expect(broker.closed).toEqual([])
    broker.sendSlice(id, { fd, position: 0, length: MIB })
    broker.send(id, Buffer.from("too late"))
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "closed" }])
    await world.until(() => client.isClosed(), "the client's end")
    expect(client.receivedBytes()).toBe(0)
    await world.until(() => !broker.releaseCounts().has(0), "releases")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })

  it("disconnect with drain: what is queued leaves first, what comes is ignored", async () => {
    const fd = broker.createFile(4 * MIB)
    const { client, id } = await broker.accept()
    client.stall()
    broker.send(id, Buffer.from("head"))
    broker.sendSlice(id, { fd, position: 0, length: 4 * MIB })
    broker.transport.disconnect(id, { drain: true })
    client.send(framed(patterned(10)))
    await world.elapse(20)
    expect(broker.closed).toEqual([])
    client.resume()
    await world.until(() => broker.closed.length === 1, "a close")
    await world.until(() => client.isClosed(), "the client's end")
    expect(broker.closed).toEqual([{ id, reason: "closed" }])
    expect(client.receivedBytes()).toBe(4 + 4 * MIB)
    expect(
      client
        .received()
        .subarray(4)
        .equals(patterned(4 * MIB)),
    ).toBe(true)
    expect([broker.frames, broker.releaseCounts()]).toEqual([[], new Set([1])])
    world.os.files.close(fd)
  })

  it("disconnect with drain from within a frame, behind its reply", async () => {
    const { client, id } = await broker.accept()
    broker.answer = (from) => {
      broker.send(from, Buffer.from("refused"))
      broker.transport.disconnect(from, { drain: true })
    }
    client.send(Buffer.concat([framed(patterned(1)), framed(patterned(2))]))
    await world.until(() => broker.closed.length === 1, "a close")
    await world.until(() => client.isClosed(), "the client's end")
    expect(client.received().toString()).toBe("refused")
    expect(broker.frames.length).toBe(1)
    expect(broker.closed).toEqual([{ id, reason: "closed" }])
  })

  it("closeListeners: nobody new, the others live on", async () => {
    const { client } = await broker.accept()
    broker.transport.closeListeners()
    await world.elapse(20)
    if (name !== "simulated") {
      const late = world.connect(broker.port)
      await world.until(() => late.isClosed(), "a refusal")
    }
    broker.answer = (id, bytes) => broker.send(id, bytes)
    client.send(framed(Buffer.from("still here")))
    await world.until(() => client.receivedBytes() === 10, "a reply")
    expect(broker.opened.length).toBe(1)
  })

  it("close: ends every connection, releases every slice, answers each call", async () => {
    const fd = broker.createFile(4 * MIB)
    const clients: Client[] = []
    for (let count = 0; count < 5; count++) {
      const { client, id } = await broker.accept()
      client.stall()
      for (let slice = 0; slice < 5; slice++) {
        broker.sendSlice(id, { fd, position: 0, length: 4 * MIB })
      }
      clients.push(client)
    }
    broker.transport.flush()
    const answers: string[] = []
    broker.transport.close(() => answers.push("first"))
    broker.transport.close(() => answers.push("second"))
    expect([answers, broker.closed]).toEqual([[], []])
    await world.until(() => answers.length === 2, "two answers")
    expect(answers).toEqual(["first", "second"])
    expect(broker.closed.map(({ reason }) => reason)).toEqual(Array(5).fill("closed"))
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    for (const client of clients) client.resume()
    await world.until(() => clients.every((client) => client.isClosed()), "the clients' ends")
    let isAnswered = false
    broker.transport.close(() => void (isAnswered = true))
    await world.until(() => isAnswered, "an answer after the end")
    world.os.files.close(fd)
  })

  it("close of a transport that never listened", async () => {
    const idle = new BrokerSide(world)
    await idle.close()
    expect(idle.closed).toEqual([])
  })

  it("listen: a port that is taken", async () => {
    const second = new BrokerSide(world)
    expect(errnoName(await second.listen("127.0.0.1", broker.port))).toBe("EADDRINUSE")
    expect(await second.listen()).toBeGreaterThan(0)
    expect(second.port).not.toBe(broker.port)
  })

  if (name !== "simulated") {
    it("listen: an address that is not ours, a name that is nobody's", async () => {
      expect(errnoName(await broker.listen("203.0.113.7"))).toBe("EADDRNOTAVAIL")
      expect(await broker.listen("name.invalid")).toBeLessThan(0)
    })

    it("listen: localhost, and IPv6 where there is one", async () => {
      for (const [host, address] of [
        ["localhost", undefined],
        ["::1", "::1"],
      ] as const) {
        const side = new BrokerSide(world)
        const port = await side.listen(host)
        if (host === "::1" && port < 0) continue // No IPv6 here.
        expect(port).toBeGreaterThan(0)
        world.connect(port, host)
        await world.until(() => side.opened.length === 1, "a connection")
        if (address) expect(side.opened[0]!.info.localHost).toBe(address)
        expect(side.opened[0]!.info.localPort).toBe(port)
      }
    })

    it("listen: on all addresses, an IPv4 peer is shown as one", async () => {
      for (const host of ["0.0.0.0", "::"]) {
        const side = new BrokerSide(world)
        const port = await side.listen(host)
        if (host === "::" && port < 0) continue
        world.connect(port, "127.0.0.1")
        await world.until(() => side.opened.length === 1, "a connection")
        const { info } = side.opened[0]!
        expect([info.remoteHost, info.localHost]).toEqual(["127.0.0.1", "127.0.0.1"])
      }
    })
  }
})
