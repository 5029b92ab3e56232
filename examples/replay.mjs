/**
 * Going back in time: read a topic again from a moment on, and republish a stretch of it. The
 * command line does the same: millrace replay sensors --from '10m ago' --into sensors-again
 *
 *   node examples/replay.mjs
 */
import { Admin, Broker, Consumer, Producer } from "millrace"

const broker = await Broker.open()
const { bootstrapServers } = broker
const admin = new Admin({ bootstrapServers })
const producer = new Producer({ bootstrapServers })

// An hour of measurements, one a minute.
const noon = Date.UTC(2026, 0, 31, 12)
const minute = 60_000
await admin.createTopics([{ name: "sensors" }, { name: "sensors-again" }])
await producer.sendBatch(
  Array.from({ length: 60 }, (_, index) => ({
    topic: "sensors",
    key: "roof",
    value: `${index} degrees`,
    timestamp: noon + index * minute,
  })),
)

/** Offset of the first record at or after a moment. */
const offsetAt = async (timestamp) => {
  const partition = { topic: "sensors", partition: 0 }
  const [found] = await admin.listOffsets([partition], { timestamp })
  return found.offset
}
const start = await offsetAt(noon + 20 * minute)
const end = await offsetAt(noon + 30 * minute)
console.log(`12:20 to 12:30 are the offsets ${start} to ${end - 1}`)

// Without a group: partitions are assigned by hand, from any offset.
const consumer = new Consumer({ bootstrapServers })
consumer.assign([{ topic: "sensors", partition: 0, offset: start }])
let count = 0
for await (const { key, value, headers, timestamp, offset } of consumer) {
  if (offset >= end) break
  await producer.enqueue([{ topic: "sensors-again", key, value, headers, timestamp }])
  count++
}
await producer.flush()
console.log(`${count} records replayed into sensors-again`)

consumer.assign([{ topic: "sensors-again", partition: 0 }])
consumer.seekToBeginning()
for await (const { value, timestamp } of consumer) {
  console.log(`the first of them: ${value} at ${new Date(timestamp).toISOString()}`)
  break
}

await Promise.all([consumer.close(), producer.close(), admin.close()])
await broker.close()
