/** What a power cut, a kill and a failed sync leave on the simulated disk. */
import { errno } from "../../../native/errno.ts"
import { createSimulatedOs, type SimulatedOs } from "../../../native/simulated/index.ts"

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1)

describe("simulated disk", () => {
  it("power cut: what was synced is kept, whatever the seed", () => {
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      writeText(os, fd, "safe", 0)
      expect(os.files.syncNow(fd)).toBe(0)
      expect(os.files.syncDirectory("/data")).toBe(0)
      writeText(os, fd, "lost?", 4)
      expect(afterCrash(os, "/data/log").subarray(0, 4).toString()).toBe("safe")
    }
  })

  it("power cut: an unsynced write is kept, lost or torn at a sector", () => {
    const lengths = new Set<number>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      os.files.syncNow(fd)
      os.files.syncDirectory("/data")
      os.files.write(fd, Buffer.alloc(2000, 7), 0, 2000, 0)
      const bytes = afterCrash(os, "/data/log")
      expect(bytes.every((byte) => byte === 7)).toBe(true)
      lengths.add(bytes.length)
    }
    expect([...lengths].sort((one, other) => one - other)).toEqual([0, 512, 1024, 1536, 2000])
  })

  it("power cut: of two unsynced writes the later may survive alone, over a hole of zeros", () => {
    const outcomes = new Set<string>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      os.files.syncDirectory("/data")
      writeText(os, fd, "aa", 0)
      writeText(os, fd, "bb", 2)
      outcomes.add(afterCrash(os, "/data/log").toString("latin1"))
    }
    expect(outcomes).toEqual(new Set(["", "aa", "aabb", "\0\0bb"]))
  })

  it("power cut: an unsynced name is kept or lost, a synced one stays", () => {
    const found = new Set<string>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/old", "write")
      os.files.syncDirectory("/data")
      os.files.rename("/data/old", "/data/new")
      os.files.close(fd)
      os.crash()
      found.add((os.restart().files.list("/data") as string[]).join())
    }
    expect(found).toEqual(new Set(["old", "new"]))
  })

  it("power cut: a directory whose name was not synced may take its files with it", () => {
    const found = new Set<number>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      os.files.makeDirectory("/data/topic-0")
      os.files.open("/data/topic-0/log", "write")
      os.files.syncDirectory("/data/topic-0")
      os.crash()
      found.add((os.restart().files.list("/data") as string[]).length)
    }
    expect(found).toEqual(new Set([0, 1]))
  })

  it("kill: everything written stays, also through maps", () => {
    const os = worldWithDirectory(1)
    const fd = os.files.open("/data/index", "write")
    os.files.truncate(fd, 8192)
    const map = os.files.map(fd, 8192, "read-write")
    if (typeof map === "number") throw new Error("map failed")
    map.bytes.writeInt32BE(42, 5000)
    os.kill()
    const bytes = contentsOf(os.restart(), "/data/index")
    expect([bytes.length, bytes.readInt32BE(5000)]).toEqual([8192, 42])
  })

  it("sync: covers what was written before the call, not after", () => {
    const outcomes = new Set<string>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      os.files.syncDirectory("/data")
      writeText(os, fd, "before", 0)
      const results: number[] = []
      os.files.sync(fd, (result) => results.push(result))
      writeText(os, fd, "after", 6)
      expect(results).toEqual([])
      os.runUntilIdle()
      expect(results).toEqual([0])
      outcomes.add(afterCrash(os, "/data/log").toString())
    }
    expect(outcomes).toEqual(new Set(["before", "beforeafter"]))
  })

  it("sync that fails: a later sync that succeeds does not bring its writes to safety", () => {
    const outcomes = new Set<string>()
    for (const seed of SEEDS) {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      os.files.syncDirectory("/data")
      writeText(os, fd, "doomed", 0)
      os.faults.failNext("syncNow", errno.EIO)
      expect(os.files.syncNow(fd)).toBe(-errno.EIO)
      expect(os.files.syncNow(fd)).toBe(0)
      outcomes.add(afterCrash(os, "/data/log").toString())
    }
    expect(outcomes).toEqual(new Set(["", "doomed"]))
  })

  it("every third write fails: it says so and leaves a part at most", () => {
    const os = createSimulatedOs({
      seed: 3,
      faults: { everyNth: 3, calls: ["write"], errnos: [errno.ENOSPC] },
    })
    const fd = os.files.open("/log", "write")
    const results = Array.from({ length: 6 }, () => os.files.write(fd, Buffer.alloc(9), 0, 9, 0))
    expect(results).toEqual([9, 9, -errno.ENOSPC, 9, 9, -errno.ENOSPC])
  })

  it("after its end a life changes nothing and hears nothing", () => {
    const os = worldWithDirectory(1)
    const fd = os.files.open("/data/log", "write")
    const heard: string[] = []
    os.files.sync(fd, () => heard.push("sync"))
    os.clock.soon(() => heard.push("soon"))
    const next = os.restart()
    os.clock.soon(() => heard.push("late"))
    os.files.sync(fd, () => heard.push("late sync"))
    expect(os.files.write(fd, Buffer.alloc(1), 0, 1, 0)).toBe(-errno.EIO)
    expect(os.files.open("/data/other", "write")).toBe(-errno.EIO)
    next.advance(1000)
    expect(heard).toEqual([])
    expect(next.files.list("/data")).toEqual(["log"])
  })

  it("the same seed and calls leave the same disk", () => {
    const run = (seed: number): string => {
      const os = worldWithDirectory(seed)
      const fd = os.files.open("/data/log", "write")
      os.files.syncDirectory("/data")
      for (let count = 0; count < 20; count++)
        os.files.write(fd, os.random.bytes(900), 0, 900, count * 900)
      return afterCrash(os, "/data/log").toString("hex")
    }
    expect(run(77)).toBe(run(77))
    expect(run(77)).not.toBe(run(78))
  })
})

function worldWithDirectory(seed: number): SimulatedOs {
  const os = createSimulatedOs({ seed })
  os.files.makeDirectory("/data")
  os.files.syncDirectory("/")
  return os
}

function writeText(os: SimulatedOs, fd: number, text: string, position: number): void {
  const bytes = Buffer.from(text)
  expect(os.files.write(fd, bytes, 0, bytes.length, position)).toBe(bytes.length)
}

function afterCrash(os: SimulatedOs, path: string): Buffer {
  os.crash()
  return contentsOf(os.restart(), path)
}

function contentsOf(os: SimulatedOs, path: string): Buffer {
  const fd = os.files.open(path, "read")
  expect(fd).toBeGreaterThan(0)
  const bytes = Buffer.alloc(os.files.size(fd))
  os.files.read(fd, bytes, 0, bytes.length, 0)
  return bytes
}
