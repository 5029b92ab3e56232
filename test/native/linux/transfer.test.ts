/** How slices leave: by sendfile, by copy, after warming; and that cold ones hold nobody up. */
import { execFileSync } from "node:child_process"
import { connect, type Socket } from "node:net"
import type { ConnectionId, Os, Transport } from "../../../native/os.ts"
import { framed, patterned } from "../../support/bytes.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { until } from "../../support/until.ts"
import { describeLinux, openHouse } from "./linux-house.ts"

const MIB = 1 << 20

/** A file on disk whose pages the kernel has been told to forget. */
class ColdFile {
  readonly bytes: Buffer
  readonly fd: number
  readonly #os: Os
  readonly #path: string

  constructor(os: Os, length: number) {
    this.#os = os
    this.#path = `${temporaryDirectory()}/cold`
    this.bytes = patterned(length)
    const fd = os.files.open(this.#path, "create")
    os.files.write(fd, this.bytes, 0, length, 0)
    os.files.syncNow(fd)
    os.files.close(fd)
    this.fd = os.files.open(this.#path, "read")
    this.chill()
  }

  /** Drops its pages; false where the file system keeps them (tmpfs). */
  chill(): boolean {
    execFileSync("dd", [`if=${this.#path}`, "iflag=nocache", "count=0"], { stdio: "ignore" })
    return !this.isWarm(0, this.bytes.length)
  }

  isWarm(position: number, length: number): boolean {
    return this.#os.files.isResident(this.fd, position, length)
  }
}

describeLinux("transfer", () => {
  let os: Os
  let transport: Transport
  let socket: Socket
  let connection: ConnectionId
  let received: Buffer[]
  let releaseCount: number

  const receivedBytes = (): number => received.reduce((sum, chunk) => sum + chunk.length, 0)

  function sendSlice(fd: number, position: number, length: number): void {
    transport.sendSlice(connection, { fd, position, length, release: () => void releaseCount++ })
  }

  beforeEach(async () => {
    os = openHouse()
    received = []
    releaseCount = 0
    let opened: ConnectionId | undefined
    transport = os.createTransport({
      onOpen: (id) => void (opened = id),
      onFrame() {},
      onTurnEnd() {},
      onClose() {},
    })
    const port = await new Promise<number>((done) => transport.listen("127.0.0.1", 0, done))
    socket = connect(port, "127.0.0.1")
    socket.on("data", (chunk) => received.push(chunk))
    socket.on("error", () => {})
    await until(() => opened !== undefined, "a connection")
    connection = opened!
  })

  afterEach(async () => {
    socket.destroy()
    await new Promise<void>((done) => transport.close(done))
  })

  it("a large slice leaves by sendfile, a small one is copied behind its header", async () => {
    const file = new ColdFile(os, 3 * MIB)
    await new Promise((done) => os.files.warm(file.fd, 0, 3 * MIB, done))
    transport.send(connection, Buffer.from("head"), 0, 4)
    sendSlice(file.fd, 10, 5000)
    sendSlice(file.fd, 77, 2 * MIB)
    transport.flush()
    await until(() => receivedBytes() === 4 + 5000 + 2 * MIB, "all bytes")
    const { counters } = transport
    expect(counters.sendfileBytes).toBe(2 * MIB)
    expect(counters.copiedFileBytes).toBe(5000)
    expect(counters.coldBytes).toBe(0)
    const expected = [Buffer.from("head"), file.bytes.subarray(10, 5010)]
    expected.push(file.bytes.subarray(77, 77 + 2 * MIB))
    expect(Buffer.concat(received).equals(Buffer.concat(expected))).toBe(true)
    expect(releaseCount).toBe(2)
  })

  it("a cold slice is warmed first, arrives whole, and is counted", async () => {
    const file = new ColdFile(os, 12 * MIB)
    if (file.isWarm(0, 12 * MIB)) return // A file system without a disk.
    sendSlice(file.fd, 5, 12 * MIB - 5)
    transport.flush()
    await until(() => receivedBytes() === 12 * MIB - 5, "all bytes")
    expect(Buffer.concat(received).equals(file.bytes.subarray(5))).toBe(true)
    expect(transport.counters.coldBytes).toBeGreaterThan(0)
    expect(transport.counters.coldBytes).toBeLessThanOrEqual(12 * MIB)
    expect(releaseCount).toBe(1)
  })

  it("a small cold slice waits for its page and keeps its place", async () => {
    const file = new ColdFile(os, 4 * MIB)
    sendSlice(file.fd, 2 * MIB, 4000)
    transport.send(connection, Buffer.from("behind"), 0, 6)
    transport.flush()
    await until(() => receivedBytes() === 4006, "all bytes")
    const expected = [file.bytes.subarray(2 * MIB, 2 * MIB + 4000), Buffer.from("behind")]
    expect(Buffer.concat(received).equals(Buffer.concat(expected))).toBe(true)
    expect(releaseCount).toBe(1)
  })

  it("what a lone reader of old data brought in is dropped behind it", async () => {
    const file = new ColdFile(os, 16 * MIB)
    if (file.isWarm(0, 16 * MIB)) return
    for (let at = 0; at < 16; at++) {
      sendSlice(file.fd, at * MIB, MIB)
      transport.flush()
      await until(() => receivedBytes() === (at + 1) * MIB, "a slice")
    }
    expect(file.isWarm(0, MIB)).toBe(false)
    expect(file.isWarm(15 * MIB, MIB)).toBe(true)
  })

  it("what was just written is sent without asking the disk", async () => {
    const fd = os.files.open(`${temporaryDirectory()}/tail`, "create")
    const bytes = patterned(MIB)
    os.files.write(fd, bytes, 0, MIB, 0)
    sendSlice(fd, 0, MIB)
    transport.flush()
    await until(() => receivedBytes() === MIB, "all bytes")
    expect(transport.counters.coldBytes).toBe(0)
    expect(Buffer.concat(received).equals(bytes)).toBe(true)
    os.files.close(fd)
  })

  it("closed while a slice is being warmed: released once, when the file is free", async () => {
    const file = new ColdFile(os, 8 * MIB)
    for (let count = 0; count < 4; count++) sendSlice(file.fd, 0, 8 * MIB)
    transport.flush()
    transport.disconnect(connection)
    await until(() => releaseCount === 4, "all releases")
    await new Promise<void>((done) => transport.close(done))
    expect(releaseCount).toBe(4)
    expect(os.files.close(file.fd)).toBe(0)
  })

  it("thousands of slices and sends in one turn: more than the tables hold", async () => {
    const file = new ColdFile(os, MIB)
    const parts: Buffer[] = []
    for (let count = 0; count < 3000; count++) {
      const bytes = framed(patterned(50, count))
      parts.push(bytes, file.bytes.subarray(count, count + 100))
      transport.send(connection, bytes, 0, bytes.length)
      sendSlice(file.fd, count, 100)
    }
    transport.flush()
    const expected = Buffer.concat(parts)
    await until(() => receivedBytes() === expected.length, "all bytes")
    expect(Buffer.concat(received).equals(expected)).toBe(true)
    expect(releaseCount).toBe(3000)
  })
})
