/** Our clients while their broker restarts: nothing is lost, nothing comes twice, both go on. */
import { Broker } from "../../broker/index.ts"
import { Admin, Consumer, Producer } from "../../clients/index.ts"
import { houses } from "../support/broker-process.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

describe.each(houses)("clients over a restart of the broker (%s)", (os) => {
  const directory = temporaryDirectory()

  const start = (listen: string) =>
    Broker.open({ os, listen, dataDir: directory, durability: "os", logLevel: "error" })

  it("records sent before, during and after are read once and in order", async () => {
    let broker = await start("127.0.0.1:0")
    const { bootstrapServers } = broker
    const common = { bootstrapServers, retryBackoffMs: 10, retryBackoffMaxMs: 50 }
    const admin = new Admin(common)
    await admin.createTopics([{ name: "t", partitionCount: 1 }])
    const producer = new Producer({ ...common, batchBytes: 1000 })
    const consumer = new Consumer({ ...common, groupId: "g", autoOffsetReset: "earliest" })
    consumer.subscribe("t")
    const seen: number[] = []
    const reading = (async () => {
      for await (const { value } of consumer) if (seen.push(Number(value)) === 3000) break
    })()
    let next = 0
    const sent: Promise<unknown>[] = []
    const timer = setInterval(() => {
      for (let i = 0; i < 10 && next < 3000; i++) {
        sent.push(producer.send({ topic: "t", value: `${next++}` }))
      }
    }, 2)
    for (let restarts = 0; restarts < 3; restarts++) {
      await new Promise((resolve) => setTimeout(resolve, 120))
      await broker.close()
      broker = await start(bootstrapServers)
    }
    await reading
    clearInterval(timer)
    await Promise.all(sent)
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    const [end] = await admin.listOffsets([{ topic: "t", partition: 0 }], "latest")
    expect(end!.offset).toBe(3000)
    await Promise.all([producer.close(), consumer.close(), admin.close()])
    await broker.close()
  })
})
