/** /metrics and /health of a real process, on each house. */
import { Admin, Producer } from "../../clients/index.ts"
import { freePort, houses, startBrokerProcess } from "../support/broker-process.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

describe.each(houses)("status on the %s house", (os) => {
  it("every metric is a number and counts what happened", async () => {
    using directory = scopedDirectory()
    const statusPort = await freePort()
    const settings = { "status.listen": `127.0.0.1:${statusPort}` }
    const broker = await startBrokerProcess({ dataDir: directory.path, os, settings })
    const read = async (page: string) =>
      (await fetch(`http://127.0.0.1:${statusPort}${page}`)).text()
    const admin = new Admin({ bootstrapServers: broker.bootstrap })
    const producer = new Producer({ bootstrapServers: broker.bootstrap })
    try {
      await admin.createTopics([{ name: "counted", partitionCount: 3 }])
      await producer.send({ topic: "counted", value: "x".repeat(1_000) })
      const lines = (await read("/metrics")).split("\n").filter((line) => /^millrace_/.test(line))
      const values = new Map(lines.map((line) => line.split(" ") as [string, string]))
      expect([...values.values()].filter((value) => !Number.isFinite(Number(value)))).toEqual([])
      expect(values.get("millrace_partitions")).toBe("3")
      expect(Number(values.get("millrace_received_bytes_total"))).toBeGreaterThan(1_000)
      expect(Number(values.get("millrace_connections"))).toBeGreaterThan(0)
      expect(JSON.parse(await read("/health"))).toMatchObject({ status: "ok", offlineCount: 0 })
    } finally {
      await producer.close()
      await admin.close()
      expect(await broker.stop()).toBe(0)
    }
  })
})
