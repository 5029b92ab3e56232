/** A broker reduced to its transport: notes what it is told, answers as a test wants. */
import type {
  CloseReason,
  ConnectionId,
  ConnectionInfo,
  FileSlice,
  Transport,
  TransportHandler,
  TransportOptions,
} from "../../../native/os.ts"
import { patterned } from "../../support/bytes.ts"
import type { Client, World } from "./house.ts"

/** A transport that listens, and everything its handler heard. */
export class BrokerSide implements TransportHandler {
  readonly world: World
  readonly transport: Transport
  port = 0
  readonly opened: { id: ConnectionId; info: ConnectionInfo }[] = []
  readonly frames: { id: ConnectionId; bytes: Buffer }[] = []
  readonly closed: { id: ConnectionId; reason: CloseReason }[] = []
  turnCount = 0
  /** Frames heard in the present turn. */
  framesInTurn = 0
  /** What to do with a frame, within its turn. */
  answer: (id: ConnectionId, bytes: Buffer) => void = () => {}
  /** Slices handed over, and how often each was released. */
  readonly slices: { releaseCount: number }[] = []

  constructor(world: World, options?: Partial<TransportOptions>) {
    this.world = world
    this.transport = world.os.createTransport(this, options)
    running.add(this)
  }

  onOpen(id: ConnectionId, info: ConnectionInfo): void {
    this.opened.push({ id, info })
  }

  onFrame(id: ConnectionId, bytes: Buffer, start: number, length: number): void {
    const copy = Buffer.from(bytes.subarray(start, start + length))
    this.frames.push({ id, bytes: copy })
    this.framesInTurn++
    this.answer(id, copy)
  }

  onTurnEnd(): void {
    this.turnCount++
    this.framesInTurn = 0
  }

  onClose(id: ConnectionId, reason: CloseReason): void {
    this.closed.push({ id, reason })
  }

  /** Listens on a port of the system's choice. */
  async listen(host = "127.0.0.1", port = 0): Promise<number> {
    let result: number | undefined
    this.transport.listen(host, port, (bound) => void (result = bound))
    await this.world.until(() => result !== undefined, "an answer to listen")
    if (result! >= 0) this.port = result!
    return result!
  }

  /** A client that the handler has seen; with the id it has here. */
  async accept(): Promise<{ client: Client; id: ConnectionId }> {
    const count = this.opened.length
    const client = this.world.connect(this.port)
    await this.world.until(() => this.opened.length > count, "a connection")
    return { client, id: this.opened[count]!.id }
  }

  send(id: ConnectionId, bytes: Uint8Array): void {
    this.transport.send(id, bytes, 0, bytes.length)
  }

  /** Sends a part of a file and counts its release. */
  sendSlice(id: ConnectionId, range: { fd: number; position: number; length: number }): void {
    const noted = { releaseCount: 0 }
    this.slices.push(noted)
    const slice: FileSlice = { ...range, release: () => void noted.releaseCount++ }
    this.transport.sendSlice(id, slice)
  }

  /** How often each slice was released: the same number for all, or the list. */
  releaseCounts(): Set<number> {
    return new Set(this.slices.map((slice) => slice.releaseCount))
  }

  /** A file whose bytes tell their position. */
  createFile(length: number): number {
    const fd = this.world.os.files.open(`${this.world.directory}/slices`, "create")
    const bytes = patterned(length)
    this.world.os.files.write(fd, bytes, 0, length, 0)
    return fd
  }

  async close(): Promise<void> {
    let isDone = false
    this.transport.close(() => void (isDone = true))
    await this.world.until(() => isDone, "the end of a transport")
    running.delete(this)
  }
}

const running = new Set<BrokerSide>()

afterEach(async () => {
  for (const side of [...running]) await side.close()
})
