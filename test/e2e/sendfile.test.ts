/**
 * The promise of the Linux house, seen from outside by strace: during a plaintext catch-up, record
 * bytes leave by sendfile alone, and no segment is read into the process.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { resolveRanges } from "../../cli/range.ts"
import { readRanges } from "../../cli/range-reader.ts"
import { Admin, Producer } from "../../clients/index.ts"
import { linuxHouseMissing, startBrokerProcess } from "../support/broker-process.ts"
import { describeWith, straceMissing } from "../support/peers.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

const RECORDS = 40_000
const VALUE_BYTES = 1_000
const TOPIC = "traced"

describeWith(linuxHouseMissing() ?? straceMissing())("strace of a catch-up", () => {
  it("shows sendfile of every record byte and no read of a segment", async () => {
    using directory = scopedDirectory()
    const options = { dataDir: directory.path, os: "linux", durability: "os" } as const
    const broker = await startBrokerProcess(options)
    const { bootstrap } = broker
    const admin = new Admin({ bootstrapServers: bootstrap })
    try {
      const configs = { "segment.bytes": String(8 * 1024 * 1024) }
      await admin.createTopics([{ name: TOPIC, partitionCount: 2, configs }])
      await fill(bootstrap)
      const trace = join(directory.path, "trace")
      const calls = "sendfile,pread64,preadv,preadv2,read,readv,mmap,splice,copy_file_range"
      const strace = await attach(broker.pid, ["-f", "-y", "-e", `trace=${calls}`, "-o", trace])
      const sizeOf = (topic: string) => statSync(join(directory.path, topic)).size
      expect(sizeOf(`${TOPIC}-0/00000000000000000000.log`)).toBeGreaterThan(1024 * 1024)
      const place = { from: { kind: "earliest" }, to: { kind: "latest" } } as const
      let count = 0
      for await (const record of readRanges(await resolveRanges(admin, [TOPIC], place), {
        bootstrap,
      }))
        if (record.value?.length === VALUE_BYTES) count++
      expect(count).toBe(RECORDS)
      strace.kill("SIGINT")
      await once(strace, "exit")
      const { sentBytes, segmentReads } = summarize(readFileSync(trace, "utf8"))
      expect(segmentReads).toEqual([])
      expect(sentBytes).toBeGreaterThan(RECORDS * VALUE_BYTES)
    } finally {
      await admin.close()
      await broker.stop()
    }
  }, 120_000)
})

async function fill(bootstrap: string): Promise<void> {
  const producer = new Producer({ bootstrapServers: bootstrap })
  const value = Buffer.alloc(VALUE_BYTES, "v")
  const records = Array.from({ length: 1_000 }, (_, index) => {
    return { topic: TOPIC, partition: index % 2, value }
  })
  for (let sent = 0; sent < RECORDS; sent += records.length) await producer.enqueue(records)
  await producer.flush()
  await producer.close()
}

async function attach(pid: number, args: string[]): Promise<ChildProcess> {
  const strace = spawn("strace", ["-p", String(pid), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  await once(strace.stderr!, "data") // "Process N attached"
  await sleep(100)
  return strace
}

/** Bytes that went through sendfile, and every other call on a segment's data file. */
function summarize(trace: string): { sentBytes: number; segmentReads: string[] } {
  let sentBytes = 0
  const segmentReads: string[] = []
  for (const line of trace.split("\n")) {
    if (/sendfile(64)?\(/.test(line))
      sentBytes += Math.max(0, Number(/= (\d+)$/.exec(line)?.[1] ?? 0))
    else if (new RegExp(`${TOPIC}-\\d+/\\d{20}\\.log`).test(line)) segmentReads.push(line)
  }
  return { sentBytes, segmentReads }
}
