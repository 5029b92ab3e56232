/**
 * Runs @platformatic/kafka in a process of its own, as its users do: it is an ES module, which the
 * test runner would have to rewrite. Answers calls from platformatic.ts, values by structured clone.
 */
import { Admin, Consumer, compressionsAlgorithms, Producer } from "@platformatic/kafka"

const bootstrapBrokers = [process.argv[2]]
const clientId = "compat"
const noise = { retries: 20, retryDelay: 50 }
const consumers = new Map()
const producer = new Producer({ clientId, bootstrapBrokers, ...noise, autocreateTopics: true })
const admin = new Admin({ clientId, bootstrapBrokers, ...noise })

const calls = {
  codecs: () =>
    Object.entries(compressionsAlgorithms)
      .filter(([, codec]) => codec.available)
      .map(([name]) => name),

  send: async (topic, messages, options) => {
    const result = await producer.send({
      messages: messages.map((message) => ({ topic, ...message })),
      ...options,
    })
    return result.offsets
  },

  admin: (method, ...args) => admin[method](...args),

  /** Opens a consumer, joins its group, and starts a stream; what it reads waits for `read`. */
  async open(id, groupId, options, streamOptions) {
    const timing = { sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10_000 }
    const base = { clientId, bootstrapBrokers, groupId, maxWaitTime: 100, ...noise, ...timing }
    const consumer = new Consumer({ ...base, ...options })
    const entry = { consumer, stream: undefined, received: [], joins: [] }
    consumers.set(id, entry)
    consumer.on("consumer:group:join", ({ assignments }) => entry.joins.push(assignments ?? []))
    entry.stream = await consumer.consume({ mode: "earliest", ...streamOptions })
    entry.stream.on("data", (message) => {
      const { topic, partition, offset, timestamp, key, value, headers } = message
      const plain = { topic, partition, offset, timestamp, key, value, headers: [...headers] }
      entry.received.push(plain)
    })
    return entry.joins.length
  },

  /** The first `count` records that came. */
  async read(id, count) {
    const { received } = consumers.get(id)
    await until(() => received.length >= count)
    return received.slice(0, count)
  },

  /** What was assigned when the consumer joined for the n-th time, as soon as it has. */
  async assigned(id, n) {
    const { joins } = consumers.get(id)
    await until(() => joins.length >= n)
    return joins[n - 1]
  },

  joinCount: (id) => consumers.get(id).joins.length,

  async consumer(id, method, ...args) {
    return consumers.get(id).consumer[method](...args)
  },

  async close(id) {
    const { consumer, stream } = consumers.get(id)
    consumers.delete(id)
    await stream?.close()
    await consumer.close(true)
  },

  async end() {
    for (const id of [...consumers.keys()]) await calls.close(id)
    await producer.close()
    await admin.close()
  },
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

function plainError(error) {
  const inner = (error.errors ?? []).map(plainError)
  return [`${error.apiId ?? error.code ?? ""} ${error.message}`, ...inner].join("; ")
}

process.on("message", async ({ number, method, args }) => {
  try {
    process.send({ number, value: await calls[method](...args) })
  } catch (error) {
    process.send({ number, error: plainError(error) })
  }
})
