/** Group commit: who shares a sync, who waits for the next, and what a failed one does. */
import type { Files } from "../../native/os.ts"
import { createSimulatedOs } from "../../native/simulated/index.ts"
import type { Log } from "../../storage/log.ts"
import type { LogConfig } from "../../storage/log-config.ts"
import { append, batchOf, config, openManager, TOPIC_ID } from "./fixture.ts"

/** Holds every sync back until it is told to end. */
function world(overrides: Partial<LogConfig> = {}, logCount = 1) {
  const os = createSimulatedOs({ seed: 1 })
  const pending: ((result: number) => void)[] = []
  ;(os.files as { sync: Files["sync"] }).sync = (_fd, done) => void pending.push(done)
  const offline: string[] = []
  const manager = openManager(os, "/data", { config: { durability: "fsync", ...overrides } })
  const logs = Array.from({ length: logCount }, (_, index) => {
    const created = manager.create(
      "flights",
      index,
      TOPIC_ID,
      config({ durability: "fsync", ...overrides }),
    )
    if (!created.ok) throw new Error(created.message)
    return created.log
  })
  const finish = (result = 0) => {
    const done = pending.shift()
    if (done === undefined) throw new Error("no sync is under way")
    done(result)
    os.advance(0)
  }
  return { os, manager, log: logs[0]!, logs, pending, offline, finish }
}

function waitFor(log: Log, endOffset: number, done: unknown[]): void {
  log.whenDurable(endOffset, (failure) => done.push(failure?.reason ?? endOffset))
}

describe("group commit", () => {
  it("appends of one turn share a sync; those behind it wait for the next", () => {
    const { os, log, pending, finish } = world()
    const done: unknown[] = []
    for (let index = 1; index <= 3; index++) {
      append(log, batchOf(["a"]))
      waitFor(log, index, done)
    }
    expect(pending).toHaveLength(0)
    os.advance(0)
    expect(pending).toHaveLength(1)
    append(log, batchOf(["b"]))
    waitFor(log, 4, done)
    finish()
    expect(done).toEqual([1, 2, 3])
    expect(log.durableOffset).toBe(3)
    expect(pending).toHaveLength(1)
    finish()
    expect(done).toEqual([1, 2, 3, 4])
    expect(pending).toHaveLength(0)
  })

  it("the durable offset moves before those who wait are told; late ones are told at once", () => {
    const { os, log, finish } = world()
    const order: string[] = []
    log.onDurable = () => order.push(`moved to ${log.durableOffset}`)
    append(log, batchOf(["a", "b"]))
    log.whenDurable(2, () => order.push("told"))
    os.advance(0)
    finish()
    expect(order).toEqual(["moved to 2", "told"])
    const late: unknown[] = []
    waitFor(log, 2, late)
    expect(late).toEqual([2])
  })

  it("logs are synced side by side, four at a time", () => {
    const { os, logs, pending, finish } = world({}, 6)
    const done: unknown[] = []
    for (const log of logs) {
      append(log, batchOf(["a"]))
      waitFor(log, 1, done)
    }
    os.advance(0)
    expect(pending).toHaveLength(4)
    finish()
    expect(pending).toHaveLength(4)
    while (pending.length > 0) finish()
    expect(done).toHaveLength(6)
  })

  it("a segment is synced before what is in the next one counts", () => {
    const { os, log, pending, finish } = world({ segmentBytes: 300 })
    const done: unknown[] = []
    for (let index = 1; index <= 4; index++) {
      append(log, batchOf(["v".repeat(150)]))
      waitFor(log, index, done)
    }
    expect(log.segments.count).toBe(4)
    os.advance(0)
    // Three sealed segments with two indexes and a snapshot each, and the active one.
    for (let syncs = 0; syncs < 12; syncs++) {
      expect(done).toEqual([])
      finish()
    }
    finish()
    expect(done).toEqual([1, 2, 3, 4])
    expect(pending).toHaveLength(0)
  })

  it("durability os and memory: durable is what is appended", () => {
    for (const durability of ["os", "memory"] as const) {
      const { os, log, pending } = world({ durability })
      append(log, batchOf(["a"]))
      const done: unknown[] = []
      waitFor(log, 1, done)
      expect([done, log.durableOffset]).toEqual([[1], 1])
      os.advance(10)
      expect(pending).toHaveLength(0)
    }
  })

  it("durability os: flush.messages and flush.ms sync in the background", () => {
    const { os, log, pending, finish } = world({
      durability: "os",
      flushMessages: 3,
      flushMs: 1000,
    })
    for (let index = 0; index < 3; index++) append(log, batchOf(["a"]))
    os.advance(0)
    expect(pending).toHaveLength(1)
    finish()
    append(log, batchOf(["a"]))
    os.advance(999)
    expect(pending).toHaveLength(0)
    os.advance(1)
    expect(pending).toHaveLength(1)
    finish()
    expect(log.recoveryPoint).toBe(4)
  })
})

describe("a failed sync", () => {
  it("fails who waits and all appends, is not tried again; reads go on", () => {
    const { os, logs, pending, finish } = world({}, 2)
    const [log, other] = logs as [Log, Log]
    const done: unknown[] = []
    append(log, batchOf(["a"]))
    waitFor(log, 1, done)
    os.advance(0)
    append(log, batchOf(["b"]))
    waitFor(log, 2, done)
    finish(-5)
    expect(done).toEqual(["storage-failure", "storage-failure"])
    expect(log.durableOffset).toBe(0)
    expect([log.isOffline, other.isOffline]).toEqual([true, true])
    expect(append(log, batchOf(["c"]))).toMatchObject({ ok: false, reason: "storage-failure" })
    expect(append(other, batchOf(["c"]))).toMatchObject({ ok: false, reason: "storage-failure" })
    waitFor(log, 2, done)
    expect(done).toHaveLength(3)
    os.advance(1000)
    expect(pending).toHaveLength(0)
    const read = log.read({ offset: 0, maxBytes: 1000, endOffset: 2, wholeFirstBatch: true })
    expect(read).toMatchObject({ ok: true, slice: { position: 0 } })
  })

  it("a failed write takes the directory offline, too", () => {
    const { os, log } = world()
    append(log, batchOf(["a"]))
    os.faults.failNext("write", 28)
    expect(append(log, batchOf(["b"]))).toMatchObject({
      ok: false,
      reason: "storage-failure",
      message: expect.stringMatching(/write of .*\.log failed: ENOSPC/),
    })
    expect([log.isOffline, log.logEndOffset]).toEqual([true, 1])
  })
})
