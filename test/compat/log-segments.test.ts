/** Apache Kafka's own dump tool reads what storage writes: indexes, transactions, snapshots. */
import { readdirSync } from "node:fs"
import { openOs } from "../../native/index.ts"
import { buildMarker } from "../../protocol/records/control.ts"
import {
  append,
  batchOf,
  closed,
  createLog,
  NOW,
  openManager,
  temporaryDirectory,
} from "../storage/fixture.ts"
import { describeWith, kafkaJarsMissing, runKafkaTool } from "../support/peers.ts"

function dump(files: string[], ...options: string[]): string {
  const args = ["--files", files.join(","), ...options]
  const output = runKafkaTool("org.apache.kafka.tools.DumpLogSegments", args)
  // The tool says so of every segment that does not start at offset 0.
  return output.replaceAll(/^Non-consecutive offsets in .*(\n.*is followed by.*)*$/gm, "")
}

const compressions = ["none", "gzip", "snappy", "lz4", "zstd"] as const

describeWith(kafkaJarsMissing())("DumpLogSegments", () => {
  it("finds nothing wrong with data, indexes and snapshots", async () => {
    using directory = temporaryDirectory()
    const os = openOs()
    const manager = openManager(os, directory.path)
    const log = createLog(manager, { segmentBytes: 40_000 })
    const producer = { producerId: 7, producerEpoch: 0 }
    for (let index = 0; index < 120; index++) {
      const compression = compressions[index % compressions.length]!
      const values = Array.from({ length: 1 + (index % 7) }, (_, n) =>
        `${n}`.repeat(400 * (index % 9)),
      )
      const timestamp = NOW + index * 10
      expect(append(log, batchOf(values, { compression, timestamp }))).toMatchObject({ ok: true })
    }
    for (let index = 0; index < 40; index++) {
      const transaction = { ...producer, baseSequence: index, isTransactional: true }
      expect(append(log, batchOf(["t"], transaction))).toMatchObject({ ok: true })
      if (index % 10 !== 9) continue
      const type = index === 19 ? "abort" : "commit"
      const marker = buildMarker({ type, ...producer, coordinatorEpoch: 3, timestamp: NOW + 5000 })
      expect(append(log, marker, { origin: "coordinator" })).toMatchObject({ ok: true })
    }
    const { directory: path } = log
    const count = log.segments.count
    expect(count).toBeGreaterThan(2)
    await closed(manager)
    os.close()
    const names = readdirSync(path)
      .sort()
      .map((name) => `${path}/${name}`)
    const ending = (suffix: string) => names.filter((name) => name.endsWith(suffix))
    expect(ending(".index")).toHaveLength(count)
    expect(ending(".txnindex")).toHaveLength(1)
    const files = [".log", ".index", ".timeindex", ".txnindex", ".snapshot"].flatMap(ending)
    const deep = dump(files, "--deep-iteration", "--verify-index-only")
    expect(deep).not.toMatch(
      /mismatch|out of order|not found|non-consecutive|isvalid: false|corrupt/i,
    )
    expect(deep).toMatch(/producerId: 7 .*producerEpoch: 0/)
    expect(deep).toMatch(/producerId: 7 firstOffset/i)
    expect(dump(ending("index"), "--index-sanity-check")).toMatch(/passed sanity check/)
  })
})
