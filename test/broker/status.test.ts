/** The status server over real HTTP on loopback. */
import { type Health, type StatusOptions, StatusServer } from "../../broker/status.ts"

let health: Health = { isHealthy: true, details: { topics: 3 } }
let server: StatusServer

async function open(options: Partial<StatusOptions> = {}): Promise<StatusServer> {
  const result = await StatusServer.open({
    host: "127.0.0.1",
    port: 0,
    metrics: () => "up 1\n",
    health: () => health,
    ...options,
  })
  if (!result.ok) throw new Error(result.message)
  return result.status
}

const ask = (path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method })

beforeAll(async () => {
  server = await open()
})
afterAll(() => server.close())

describe("the status server", () => {
  it("shows metrics", async () => {
    const response = await ask("/metrics?x=1")
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toContain("version=0.0.4")
    expect(await response.text()).toBe("up 1\n")
  })

  it("says 200 while healthy and 503 while not", async () => {
    const fine = await ask("/health")
    expect(fine.status).toBe(200)
    expect(await fine.json()).toEqual({ status: "ok", topics: 3 })
    health = { isHealthy: false, details: { offline: ["/data"] } }
    const failing = await ask("/health")
    expect(failing.status).toBe(503)
    expect(await failing.json()).toEqual({ status: "failing", offline: ["/data"] })
  })

  it("serves nothing else", async () => {
    expect((await ask("/")).status).toBe(404)
    expect((await ask("/metrics", "POST")).status).toBe(405)
    const head = await ask("/metrics", "HEAD")
    expect([head.status, await head.text()]).toEqual([200, ""])
  })

  it("a port that is taken is an answer, not an exception", async () => {
    const options = {
      host: "127.0.0.1",
      port: server.port,
      metrics: () => "",
      health: () => health,
    }
    const result = await StatusServer.open(options)
    expect(result.ok ? "" : result.message).toBe(
      `status.listen 127.0.0.1:${server.port}: EADDRINUSE`,
    )
  })

  it("closes with a connection open, and twice", async () => {
    const other = await open()
    await fetch(`http://127.0.0.1:${other.port}/health`)
    await other.close()
    await other.close()
  })
})
