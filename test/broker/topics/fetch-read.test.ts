/** What a fetch reads of partitions with transactions, and what readers may see. */
import { Catalog } from "../../../broker/topics/catalog.ts"
import { discard, readTargets } from "../../../broker/topics/fetch-read.ts"
import type { FetchTarget } from "../../../broker/topics/fetch-session.ts"
import { MetadataLog } from "../../../broker/topics/metadata-log.ts"
import { type Isolation, Partition } from "../../../broker/topics/partition.ts"
import { PartitionLogs } from "../../../broker/topics/partition-logs.ts"
import { replayLog } from "../../../broker/topics/replay.ts"
import { createSimulatedOs, type SimulatedOs } from "../../../native/simulated/index.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import { buildMarker } from "../../../protocol/records/control.ts"
import type { Log } from "../../../storage/log.ts"
import { defaultLogConfig, type LogConfig } from "../../../storage/log-config.ts"
import { LogManager } from "../../../storage/log-manager.ts"
import { batchOf } from "../../support/record-batches.ts"

const log = { info() {}, warn() {}, error() {} }

/** A catalog with topic t; every start before raised the leader epoch by one. */
async function world(starts = 1) {
  const os = createSimulatedOs({ seed: 1 })
  const config = { ...defaultLogConfig, durability: "memory" as const }
  const manager = managerOf(os, config)
  const metadata = MetadataLog.open(os, manager, config)
  if (!metadata.ok) throw new Error(metadata.message)
  const open = () =>
    new Catalog({
      ...{ os, manager, log, metadata: metadata.log, visibility: "synced" },
      limits: { perTopic: 10, perBroker: 10 },
      logConfigOf: () => config,
    })
  for (let start = 1; start < starts; start++) await os.drive(open().load())
  const catalog = open()
  await os.drive(catalog.load())
  const created = await os.drive(catalog.create({ name: "t", partitionCount: 1 }))
  if (!created.ok) throw new Error(created.message)
  return { os, catalog, partition: created.topic.partitions[0]! }
}

function target(fetchOffset: number): FetchTarget {
  return {
    topic: "t",
    topicId: "AAAAAAAAAAAAAAAAAAAAAA",
    index: 0,
    fetchOffset,
    currentLeaderEpoch: -1,
    maxBytes: 1 << 20,
    partition: undefined,
    toldHighWatermark: -1,
    toldLogStartOffset: -1,
  }
}

function append(partition: Partition, bytes: Buffer, origin: "client" | "coordinator" = "client") {
  const result = partition.append(bytes, 0, bytes.length, origin)
  if (!result.ok) throw new Error(`${result.reason} ${result.message}`)
}

function transactional(producerId: number, values: string[], baseSequence = 0): Buffer {
  return batchOf(values, { producerId, producerEpoch: 0, baseSequence, isTransactional: true })
}

function marker(producerId: number, type: "commit" | "abort"): Buffer {
  return buildMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 })
}

function managerOf(os: SimulatedOs, config: LogConfig): LogManager {
  const opened = LogManager.open({ os, directories: ["/data"], config, log })
  if (!opened.ok) throw new Error(opened.message)
  return opened.manager
}

function partitionOf(found: Log): Partition {
  return new Partition(found, {
    visibility: "synced",
    leaderEpoch: 0,
    nowMs: () => 1_704_067_200_000,
  })
}

function readOne(catalog: Catalog, offset: number, isolation: Isolation) {
  const read = readTargets(catalog, [target(offset)], { maxBytes: 1 << 20, isolation })
  discard(read)
  return read.reads[0]!
}

describe("reading with transactions", () => {
  it("committed readers stop at the oldest open transaction, others do not", async () => {
    const { catalog, partition } = await world()
    append(partition, batchOf(["plain"]))
    append(partition, transactional(7, ["open"]))
    append(partition, batchOf(["behind"]))
    const committed = readOne(catalog, 0, "read-committed")
    const uncommitted = readOne(catalog, 0, "read-uncommitted")
    expect(committed).toMatchObject({ highWatermark: 3, lastStableOffset: 1 })
    expect(uncommitted).toMatchObject({ highWatermark: 3, lastStableOffset: 1 })
    expect(committed.slice!.length).toBeLessThan(uncommitted.slice!.length)
    expect(readOne(catalog, 1, "read-committed")).toMatchObject({ errorCode: 0, slice: undefined })
  })

  it("an aborted transaction is named to committed readers only", async () => {
    const { catalog, partition } = await world()
    append(partition, transactional(7, ["a", "b"]))
    append(partition, transactional(8, ["c"]))
    append(partition, marker(7, "abort"), "coordinator")
    append(partition, marker(8, "commit"), "coordinator")
    const committed = readOne(catalog, 0, "read-committed")
    expect(committed.lastStableOffset).toBe(5)
    expect(committed.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 0 }])
    expect(readOne(catalog, 0, "read-uncommitted").abortedTransactions).toBeNull()
    expect(readOne(catalog, 4, "read-committed").abortedTransactions).toEqual([])
  })
})

describe("a damaged log", () => {
  /** Two records, the first of which is damaged after it was synced; then a second life. */
  function damaged(): { os: SimulatedOs; partition: Partition } {
    const config = { ...defaultLogConfig, durability: "os" as const }
    const first = createSimulatedOs({ seed: 1 })
    const topicId = "rGcGs2xgQwmxBcuLrHfVyQ"
    const created = managerOf(first, config).create("t", 0, topicId, config)
    if (!created.ok) throw new Error(created.message)
    for (const value of ["a", "b"]) append(partitionOf(created.log), batchOf([value]))
    created.log.flush(() => {})
    first.advance(61_000) // a checkpoint is written
    first.kill()
    const os = first.restart()
    const fd = os.files.open("/data/t-0/00000000000000000000.log", "write")
    os.files.write(fd, Buffer.alloc(20), 0, 20, 0)
    os.files.close(fd)
    return { os, partition: partitionOf(managerOf(os, config).find("t", 0)!) }
  }

  it.each([0, 1, 2, 3])("is a storage error at offset %d", (offset) => {
    const { partition } = damaged()
    const asked = { ...target(offset), partition }
    const limits = { maxBytes: 1000, isolation: "read-uncommitted" as const }
    const read = readTargets({} as Catalog, [asked], limits)
    expect(read.hasError).toBe(true)
    expect(read.reads[0]!.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    const request = { offset, ...limits, maxBytes: 1000, wholeFirstBatch: true }
    expect(partition.read(request)).toEqual({ ok: false, reason: "storage-failure" })
  })

  it("is not replayed as an empty one", () => {
    const { os, partition } = damaged()
    expect(partition.log.logEndOffset).toBe(0)
    expect(replayLog(os, partition.log, () => {})).toMatch(/damaged/)
  })

  it("stays when its partition.metadata is lost, too", () => {
    const { os } = damaged()
    os.kill()
    const again = os.restart()
    again.files.unlink("/data/t-0/partition.metadata")
    const config = { ...defaultLogConfig, durability: "os" as const }
    const manager = managerOf(again, config)
    const logs = new PartitionLogs({ os: again, manager, log, visibility: "synced" })
    const id = "rGcGs2xgQwmxBcuLrHfVyQ"
    const opened = logs.open({ name: "t", id }, 0, config)
    expect(opened).toMatchObject({ ok: true, partition: { log: { isDamaged: true } } })
    const stat = again.files.stat("/data/t-0/00000000000000000000.log")
    expect(stat).toMatchObject({ size: expect.any(Number) })
    expect((stat as { size: number }).size).toBeGreaterThan(100)
  })
})

describe("reading at the edges", () => {
  it("records before the log start are out of range", async () => {
    const { catalog, partition } = await world()
    for (const value of ["a", "b", "c"]) append(partition, batchOf([value]))
    partition.log.deleteRecordsBefore(2)
    const early = readOne(catalog, 1, "read-uncommitted")
    expect(early.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
    expect(readOne(catalog, 2, "read-uncommitted").slice).toBeDefined()
    expect(readOne(catalog, 3, "read-uncommitted")).toMatchObject({ errorCode: 0 })
    const late = readOne(catalog, 4, "read-uncommitted")
    expect(late.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
  })

  it("an old leader epoch is fenced, a newer one unknown", async () => {
    const { catalog } = await world(4)
    const codeFor = (currentLeaderEpoch: number) => {
      const limits = { maxBytes: 1000, isolation: "read-uncommitted" as const }
      const asked = { ...target(0), currentLeaderEpoch }
      return readTargets(catalog, [asked], limits).reads[0]!.errorCode
    }
    expect(codeFor(2)).toBe(ErrorCode.FENCED_LEADER_EPOCH)
    expect(codeFor(3)).toBe(ErrorCode.NONE)
    expect(codeFor(4)).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    expect(codeFor(-1)).toBe(ErrorCode.NONE)
  })

  it("a deleted and re-made topic is found again behind a cached partition", async () => {
    const { os, catalog, partition } = await world()
    append(partition, batchOf(["old"]))
    const cached = target(0)
    const limits = { maxBytes: 1000, isolation: "read-uncommitted" as const }
    discard(readTargets(catalog, [cached], limits))
    await os.drive(catalog.delete("t"))
    expect(readTargets(catalog, [cached], limits).reads[0]!.errorCode).toBe(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    )
    await os.drive(catalog.create({ name: "t", partitionCount: 1 }))
    expect(readTargets(catalog, [cached], limits).reads[0]).toMatchObject({
      ...{ errorCode: 0, highWatermark: 0, slice: undefined },
    })
  })
})
