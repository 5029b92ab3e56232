/** What a whole broker shows over HTTP. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Broker } from "../../broker/broker.ts"
import { healthOf } from "../../broker/broker-metrics.ts"
import type { Topic } from "../../broker/topics/topic.ts"

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe("a broker with status.listen", () => {
  it("shows its metrics and its health, until it closes", async () => {
    const port = await freePort()
    const config = { "status.listen": `127.0.0.1:${port}` }
    const broker = await Broker.open({ os: "portable", durability: "memory", config })
    const url = `http://127.0.0.1:${port}`
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain("\nmillrace_topics 0\n")
    expect(metrics).toMatch(/\nmillrace_resident_bytes \d{7,}\n/)
    const health = await fetch(`${url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: "ok", offlineCount: 0 })
    await broker.close()
    await expect(fetch(url)).rejects.toThrow()
  })

  it("does not start when the address is taken", async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const config = { "status.listen": `127.0.0.1:${port}` }
    const opening = Broker.open({ os: "portable", durability: "memory", config })
    await expect(opening).rejects.toThrow(`status.listen 127.0.0.1:${port}: EADDRINUSE`)
    await new Promise((resolve) => server.close(resolve))
  })
})

describe("health", () => {
  it("fails while a log is offline, and names it", () => {
    const partition = (index: number, isOffline: boolean) => ({ index, log: { isOffline } })
    const topic = { name: "t", partitions: [partition(0, false), partition(1, true)] }
    expect(healthOf([topic as unknown as Topic])).toEqual({
      isHealthy: false,
      details: { partitionCount: 2, offlineCount: 1, offline: ["t-1"] },
    })
  })
})
