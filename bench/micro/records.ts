/**
 * How fast records are written and read: `node dist/bench/micro/records.js`. One process, one loop;
 * the best of several rounds of each, since other work on the machine only ever slows it down.
 */
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { codecs } from "../../protocol/records/compression/index.ts"
import { crc32c } from "../../protocol/records/crc32c.ts"
import { decodeRecords, RecordCursor } from "../../protocol/records/record.ts"

const ROUNDS = 12
const WARM_UP_ROUNDS = 4
const NS_PER_SECOND = 1e9

/** Nanoseconds of the fastest round. */
function fastest(round: () => void): number {
  for (let index = 0; index < WARM_UP_ROUNDS; index++) round()
  let best = Number.POSITIVE_INFINITY
  for (let index = 0; index < ROUNDS; index++) {
    const from = process.hrtime.bigint()
    round()
    best = Math.min(best, Number(process.hrtime.bigint() - from))
  }
  return best
}

function report(name: string, nanoseconds: number, count: number, bytes: number): void {
  const perItem = (nanoseconds / count).toFixed(0).padStart(7)
  const rate = ((bytes / nanoseconds) * (NS_PER_SECOND / 2 ** 20)).toFixed(0).padStart(7)
  console.log(`${name.padEnd(46)} ${perItem} ns each ${rate} MiB/s`)
}

/** Something for the engine to depend on, so that nothing is optimised away. */
let sink = 0

function benchCrc(): void {
  for (const length of [100, 1024, 65_536, 1_048_576]) {
    const bytes = Buffer.alloc(length, 0x5a)
    const count = Math.max(1, Math.floor(16_000_000 / length))
    const time = fastest(() => {
      for (let index = 0; index < count; index++) sink += crc32c(bytes, 0, length)
    })
    report(`crc32c of ${length} bytes`, time, count, length * count)
  }
}

interface Shape {
  name: string
  key: string | Buffer
  value: string | Buffer
  recordCount: number
}

const shapes: Shape[] = [
  { name: "100 B string values", key: "user-1234", value: "v".repeat(100), recordCount: 1000 },
  {
    name: "100 B buffer values",
    key: Buffer.from("k1"),
    value: Buffer.alloc(100),
    recordCount: 1000,
  },
  { name: "1 KiB string values", key: "user-1234", value: "v".repeat(1024), recordCount: 500 },
  {
    name: "1 KiB buffer values",
    key: Buffer.from("k1"),
    value: Buffer.alloc(1024),
    recordCount: 500,
  },
  { name: "100 characters of UTF-8", key: "ключ", value: "ю".repeat(100), recordCount: 1000 },
]

function build({ key, value, recordCount }: Shape): Buffer {
  const builder = new BatchBuilder()
  for (let index = 0; index < recordCount; index++)
    builder.append({ key, value, timestamp: 1_700_000_000_000 + index })
  return builder.build()
}

function benchRecords(): void {
  const batches = 20
  for (const shape of shapes) {
    const bytes = build(shape)
    const count = batches * shape.recordCount
    const size = batches * bytes.length
    const repeat = (run: () => void) => () => {
      for (let index = 0; index < batches; index++) run()
    }
    const built = fastest(repeat(() => (sink += build(shape).length)))
    report(`build, ${shape.name} (crc included)`, built, count, size)
    const walked = fastest(
      repeat(() => {
        const cursor = new RecordCursor(bytes, 0)
        while (cursor.next()) sink += cursor.valueLength
      }),
    )
    report(`walk with a cursor, ${shape.name}`, walked, count, size)
    const decoded = fastest(
      repeat(() => {
        for (const record of decodeRecords(bytes, 0)) sink += record.value!.length
      }),
    )
    report(`decode to objects, ${shape.name}`, decoded, count, size)
  }
}

function benchCodecs(): void {
  const lines = Array.from({ length: 4000 }, (_, index) => {
    const id = (index * 2_654_435_761) >>> 0
    return JSON.stringify({
      id,
      city: `city-${id % 97}`,
      delay: id % 181,
      at: 1_700_000_000 + index,
    })
  })
  const bytes = Buffer.from(lines.join("\n"))
  for (const codec of codecs.slice(1)) {
    const compressed = codec.compress(bytes)
    const share = ((100 * compressed.length) / bytes.length).toFixed(0)
    const packed = fastest(() => (sink += codec.compress(bytes).length))
    report(
      `${codec.name}: compress ${bytes.length >> 10} KiB to ${share} %`,
      packed,
      1,
      bytes.length,
    )
    const unpacked = fastest(() => (sink += codec.decompress(compressed, 2 ** 30).length))
    report(`${codec.name}: decompress`, unpacked, 1, bytes.length)
  }
}

benchCrc()
benchRecords()
benchCodecs()
if (sink === 0) console.log("nothing was done")
