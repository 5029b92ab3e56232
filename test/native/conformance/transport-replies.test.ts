/** Replies of bytes and file slices, the same in every house. */
import { framed, patterned } from "../../support/bytes.ts"
import { BrokerSide } from "./broker-side.ts"
import { forEachHouse, type World } from "./house.ts"

const MIB = 1_048_576

forEachHouse("transport: replies", (open) => {
  let world: World
  let broker: BrokerSide

  beforeEach(async () => {
    world = open()
    broker = new BrokerSide(world)
    await broker.listen()
  })

  it("bytes are copied before send returns", async () => {
    const { client, id } = await broker.accept()
    const bytes = Buffer.from("..kept..")
    broker.transport.send(id, bytes, 2, 4)
    bytes.fill(0)
    broker.transport.flush()
    await world.until(() => client.receivedBytes() === 4, "the reply")
    expect(client.received().toString()).toBe("kept")
    expect(broker.transport.counters.copiedBytes).toBe(4)
  })

  it("outside a turn: queued until flush", async () => {
    const { client, id } = await broker.accept()
    broker.send(id, Buffer.from("parked"))
    expect(broker.transport.unsentBytes(id)).toBe(6)
    await world.elapse(20)
    expect(client.receivedBytes()).toBe(0)
    broker.transport.flush()
    await world.until(() => client.receivedBytes() === 6, "the reply")
    await world.until(() => broker.transport.unsentBytes(id) === 0, "an empty queue")
  })

  it("bytes and slices leave in the order they were queued", async () => {
    const fd = broker.createFile(400_000)
    const { client, id } = await broker.accept()
    const ranges = [
      [0, 1],
      [399_999, 1],
      [12_345, 7000],
      [5, 8192],
      [1000, 250_000],
      [0, 400_000],
    ] as const
    const expected: Buffer[] = []
    broker.answer = () => {
      for (const [position, length] of ranges) {
        const header = patterned(30, position)
        expected.push(header, patterned(length, position))
        broker.send(id, header)
        broker.sendSlice(id, { fd, position, length })
      }
      broker.send(id, Buffer.from("end"))
      expected.push(Buffer.from("end"))
    }
    client.send(framed(Buffer.from("fetch")))
    const total = 6 * 30 + 3 + ranges.reduce((sum, [, length]) => sum + length, 0)
    await world.until(() => client.receivedBytes() >= total, "all parts")
    expect(client.received().equals(Buffer.concat(expected))).toBe(true)
    await world.until(() => broker.releaseCounts().has(1), "releases")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })

  it("slices of many mebibytes, several in a row, and the counters add up", async () => {
    const fd = broker.createFile(5 * MIB)
    const { client, id } = await broker.accept()
    const lengths = [5 * MIB, MIB + 1, 3 * MIB]
    for (const length of lengths) broker.sendSlice(id, { fd, position: 0, length })
    broker.transport.flush()
    const total = lengths.reduce((sum, length) => sum + length, 0)
    await world.until(() => client.receivedBytes() === total, "all slices")
    const expected = Buffer.concat(lengths.map((length) => patterned(5 * MIB).subarray(0, length)))
    expect(client.received().equals(expected)).toBe(true)
    await world.until(() => !broker.releaseCounts().has(0), "releases")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    const { sendfileBytes, copiedFileBytes, copiedBytes } = broker.transport.counters
    expect([sendfileBytes + copiedFileBytes, copiedBytes]).toEqual([total, 0])
    world.os.files.close(fd)
  })

  it("an empty slice is released, and nothing is sent for it", async () => {
    const fd = broker.createFile(10)
    const { client, id } = await broker.accept()
    broker.sendSlice(id, { fd, position: 3, length: 0 })
    broker.send(id, Buffer.from("x"))
    broker.transport.flush()
    await world.until(() => client.receivedBytes() === 1, "the byte behind it")
    await world.until(() => !broker.releaseCounts().has(0), "the release")
    world.os.files.close(fd)
  })

  it("slow reader: everything waits, then arrives whole", async () => {
    const fd = broker.createFile(2 * MIB)
    const { client, id } = await broker.accept()
    client.stall()
    for (let count = 0; count < 30; count++) {
      broker.send(id, patterned(100, count))
      broker.sendSlice(id, { fd, position: 0, length: 2 * MIB })
    }
    broker.transport.flush()
    await world.elapse(50)
    expect(broker.transport.unsentBytes(id)).toBeGreaterThan(10 * MIB)
    expect(broker.releaseCounts().has(0)).toBe(true)
    client.resume()
    const total = 30 * (2 * MIB + 100)
    await world.until(() => client.receivedBytes() === total, "the whole reply")
    const received = client.received()
    for (let count = 0; count < 30; count++) {
      const at = count * (2 * MIB + 100)
      expect(received.subarray(at, at + 100).equals(patterned(100, count))).toBe(true)
    }
    await world.until(() => !broker.releaseCounts().has(0), "releases")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    expect(broker.transport.unsentBytes(id)).toBe(0)
    world.os.files.close(fd)
  })

  it("slow reader: its requests are not read while too much is unsent", async () => {
    const limited = new BrokerSide(world, { maxUnsentBytes: 100_000 })
    await limited.listen()
    const fd = limited.createFile(MIB)
    const { client } = await limited.accept()
    client.stall()
    limited.answer = (id) => limited.sendSlice(id, { fd, position: 0, length: MIB })
    for (let count = 0; count < 60; count++) {
      client.send(framed(patterned(40_000)))
      await world.elapse(2)
    }
    expect(limited.frames.length).toBeLessThan(60)
    client.resume()
    await world.until(() => client.receivedBytes() === 60 * MIB, "sixty replies")
    expect(limited.frames.length).toBe(60)
    await world.until(() => !limited.releaseCounts().has(0), "releases")
    world.os.files.close(fd)
  })

  it("a slow reader does not hold up the others", async () => {
    const fd = broker.createFile(4 * MIB)
    const slow = await broker.accept()
    const quick = await broker.accept()
    slow.client.stall()
    for (let count = 0; count < 10; count++) {
      broker.sendSlice(slow.id, { fd, position: 0, length: 4 * MIB })
    }
    broker.send(quick.id, Buffer.from("quick"))
    broker.transport.flush()
    await world.until(() => quick.client.receivedBytes() === 5, "the quick reply")
    expect(broker.transport.unsentBytes(slow.id)).toBeGreaterThan(0)
    world.os.files.close(fd)
  })

  it("a slice that ends early: closed, as its frame can not be completed", async () => {
    const fd = broker.createFile(100_000)
    const { client, id } = await broker.accept()
    broker.sendSlice(id, { fd, position: 50_000, length: 60_000 })
    broker.transport.flush()
    await world.until(() => broker.closed.length === 1, "a close")
    expect(broker.closed).toEqual([{ id, reason: "short-file" }])
    await world.until(() => client.isClosed(), "the client's end")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })

  it("to a connection that is not there: ignored, the slice released", async () => {
    const fd = broker.createFile(10)
    broker.send(123_456, Buffer.from("nobody"))
    broker.sendSlice(123_456, { fd, position: 0, length: 10 })
    broker.transport.pause(123_456)
    broker.transport.resume(123_456)
    broker.transport.disconnect(123_456)
    broker.transport.flush()
    expect(broker.transport.unsentBytes(123_456)).toBe(0)
    await world.until(() => broker.releaseCounts().has(1), "the release")
    expect(broker.releaseCounts()).toEqual(new Set([1]))
    world.os.files.close(fd)
  })
})
