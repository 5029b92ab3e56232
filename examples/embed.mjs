/**
 * A broker inside your own process: no container, no port to choose, nothing left behind.
 *
 *   node examples/embed.mjs
 */
import { Broker, Consumer, Producer } from "millrace"

// Without a dataDir the broker keeps its logs in a temporary directory and removes it at close.
const broker = await Broker.open()
const { bootstrapServers } = broker
console.log(`broker on ${bootstrapServers}, os ${broker.os}`)

const producer = new Producer({ bootstrapServers })
const orders = ["espresso", "flat white", "espresso", "tea"]
// The promise of a record is fulfilled when the record is on disk.
const stored = await Promise.all(
  orders.map((value, index) => producer.send({ topic: "orders", key: `table ${index}`, value })),
)
console.log(`stored at offsets ${stored.map(({ offset }) => offset).join(", ")}`)

// A group remembers what was read; a new one starts at the end of the log unless told otherwise.
// The iteration waits for more records (long polls) until `break`.
const consumer = new Consumer({
  bootstrapServers,
  groupId: "kitchen",
  autoOffsetReset: "earliest",
})
consumer.subscribe("orders")
let count = 0
for await (const { key, value, offset } of consumer) {
  console.log(`${offset}: ${value} for ${key}`)
  if (++count === orders.length) break
}
await consumer.commit()

await Promise.all([consumer.close(), producer.close()])
await broker.close()
