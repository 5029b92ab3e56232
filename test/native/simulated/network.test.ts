/** The simulated network: whole replies, replayable runs, broken connections. */
import { createHash } from "node:crypto"
import type { TransportHandler } from "../../../native/os.ts"
import { createSimulatedOs, type SimulatedOs } from "../../../native/simulated/index.ts"
import { patterned } from "../../support/bytes.ts"
import { forEachSeed } from "../../support/seeds.ts"

/** Answers every frame with itself and a slice of a file. */
function startEcho(os: SimulatedOs): { port: number; closes: string[] } {
  const started = { port: 0, closes: [] as string[] }
  const fd = os.files.open("/slice", "write")
  os.files.write(fd, patterned(100_000), 0, 100_000, 0)
  const handler: TransportHandler = {
    onOpen() {},
    onFrame(id, bytes, start, length) {
      const prefix = Buffer.alloc(4)
      prefix.writeInt32BE(length + 100_000)
      transport.send(id, prefix, 0, 4)
      transport.send(id, bytes, start, length)
      transport.sendSlice(id, { fd, position: 0, length: 100_000, release() {} })
    },
    onTurnEnd() {},
    onClose: (_id, reason) => started.closes.push(reason),
  }
  const transport = os.createTransport(handler)
  transport.listen("", 9092, (port) => void (started.port = port))
  os.runUntilIdle()
  return started
}

describe("simulated network", () => {
  it("frames and replies with slices arrive whole, whatever the seed cut", () =>
    forEachSeed(30, (seed) => {
      const os = createSimulatedOs({ seed, faults: { networkMs: [0, 20] } })
      const { port } = startEcho(os)
      const peer = os.connect(port)
      for (let count = 1; count <= 5; count++) peer.sendFrame(patterned(count * 1000, count))
      os.runUntilIdle()
      const frames = peer.takeFrames()
      expect(frames.length).toBe(5)
      frames.forEach((frame, index) => {
        const echoed = patterned((index + 1) * 1000, index + 1)
        expect(frame.equals(Buffer.concat([echoed, patterned(100_000)]))).toBe(true)
      })
    }))

  it("the same seed gives the same run, to the instant", () => {
    const run = (seed: number): string => {
      const os = createSimulatedOs({ seed, faults: { networkMs: [0, 20] } })
      const { port } = startEcho(os)
      const peer = os.connect(port)
      const hash = createHash("sha256")
      peer.onChange = () => hash.update(`${os.clock.monotonicMs()} ${peer.receivedBytes}\n`)
      peer.sendFrame(patterned(20_000))
      os.runUntilIdle()
      return hash.digest("hex")
    }
    expect(run(5)).toBe(run(5))
    expect(run(5)).not.toBe(run(6))
  })

  it("a crash breaks every connection; the next life listens anew", () => {
    const os = createSimulatedOs({ seed: 1 })
    const { port, closes } = startEcho(os)
    const peer = os.connect(port)
    os.runUntilIdle()
    os.crash()
    expect([peer.isClosed, closes]).toEqual([true, []])
    const next = os.restart()
    expect(() => next.connect(port)).toThrow("nobody listens")
    expect(next.connect(startEcho(next).port).isClosed).toBe(false)
  })
})
