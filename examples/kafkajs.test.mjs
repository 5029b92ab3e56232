/**
 * Testing code that uses Kafka, here with kafkajs, against a real broker that starts in
 * milliseconds. The code under test knows nothing of Millrace.
 *
 *   node --test examples/kafkajs.test.mjs
 */
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Kafka, logLevel } from "kafkajs"
import { Broker } from "millrace"

/** The code under test: copies orders above a limit into a topic of their own. */
async function watchForLargeOrders(kafka, limit) {
  const consumer = kafka.consumer({ groupId: "large-orders" })
  const producer = kafka.producer()
  await Promise.all([consumer.connect(), producer.connect()])
  await consumer.subscribe({ topic: "orders", fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (JSON.parse(message.value).amount > limit)
        await producer.send({ topic: "large-orders", messages: [message] })
    },
  })
  return () => Promise.all([consumer.disconnect(), producer.disconnect()])
}

let broker
let kafka

before(async () => {
  // Kafka waits three seconds for more members before a new group starts; a test need not.
  const config = { "group.initial.rebalance.delay.ms": 0 }
  broker = await Broker.open({ durability: "memory", config })
  kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.ERROR })
})
after(() => broker.close())

test("large orders are copied, small ones are not", async () => {
  const admin = kafka.admin()
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: "test" })
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
  await admin.createTopics({ topics: [{ topic: "orders" }, { topic: "large-orders" }] })
  const stop = await watchForLargeOrders(kafka, 100)

  const order = (key, amount) => ({ key, value: JSON.stringify({ amount }) })
  const messages = [order("a", 50), order("b", 150), order("c", 99), order("d", 101)]
  await producer.send({ topic: "orders", messages })

  const keys = []
  await consumer.subscribe({ topic: "large-orders", fromBeginning: true })
  await new Promise((resolve, reject) => {
    const eachMessage = async ({ message }) => {
      if (keys.push(message.key.toString()) === 2) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  assert.deepEqual(keys, ["b", "d"])

  await Promise.all([stop(), consumer.disconnect(), producer.disconnect(), admin.disconnect()])
})
