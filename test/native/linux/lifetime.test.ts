/** What a transport means for the process it lives in: how long that lives, what it costs. */
import { describeLinux, runScript, transportOf } from "./linux-house.ts"

describeLinux("lifetime", () => {
  it("a process that listens lives, one whose transport is closed ends", async () => {
    const lines = await runScript(`
      const transport = ${transportOf()}
      transport.listen("127.0.0.1", 0, (port) => {
        setTimeout(() => {
          console.log("alive", port > 0)
          transport.close(() => console.log("closed"))
        }, 50)
      })
      process.on("exit", () => console.log("exit"))`)
    expect(lines).toEqual(["alive true", "closed", "exit"])
  })

  it("closeListeners without connections lets the process end, timers or not", async () => {
    const lines = await runScript(`
      const transport = ${transportOf()}
      transport.listen("127.0.0.1", 0, () => transport.closeListeners())
      os.clock.after(60000, () => console.log("never"))`)
    expect(lines).toEqual([])
  })

  it("a connection keeps the process alive until its peer goes", async () => {
    const lines = await runScript(`
      const transport = ${transportOf("onClose: (id, reason) => console.log(reason)")}
      transport.listen("127.0.0.1", 0, (port) => {
        const socket = connect(port, "127.0.0.1", () => {
          transport.closeListeners()
          setTimeout(() => socket.end(), 50)
        })
      })`)
    expect(lines).toEqual(["peer"])
  })

  it("several transports of one thread do not meet", async () => {
    const listening = transportOf(`onFrame(id, bytes, start, length) {
      seen.push(at + ":" + length)
      if (seen.length === 3) end()
    }`)
    const lines = await runScript(`
      const seen = []
      const transports = [0, 1, 2].map((at) => {
        const transport = ${listening}
        transport.listen("127.0.0.1", 0, (port) => connect(port, "127.0.0.1").end(frame(at + 1)))
        return transport
      })
      function end() {
        for (const transport of transports) transport.close()
        console.log(seen.sort().join(" "))
      }`)
    expect(lines).toEqual(["0:1 1:2 2:3"])
  })

  it("a handler that throws: an uncaught exception, and the process can go on", async () => {
    const throwing = transportOf(`
      onFrame() { throw new Error("of the handler") },
      onClose() { transport.close() }`)
    const lines = await runScript(`
      process.on("uncaughtException", (error) => console.log(error.message))
      const transport = ${throwing}
      transport.listen("127.0.0.1", 0, (port) => connect(port, "127.0.0.1").end(frame(1)))`)
    expect(lines).toEqual(["of the handler"])
  })

  it("no connection, no wake-up: an idle broker does not even look at the time", async () => {
    const lines = await runScript(`
      const { readFileSync } = require("node:fs")
      function switchCount() {
        const status = readFileSync("/proc/thread-self/status", "utf8")
        return Number(/^voluntary_ctxt_switches:\\s*(\\d+)/m.exec(status)[1])
      }
      const transport = ${transportOf("", "{ idleTimeoutMs: 50, frameTimeoutMs: 50 }")}
      transport.listen("127.0.0.1", 0, (port) => {
        const socket = connect(port, "127.0.0.1", () => socket.end())
        setTimeout(() => {
          const before = switchCount()
          setTimeout(() => {
            console.log(switchCount() - before)
            transport.close()
          }, 500)
        }, 300)
      })`)
    // Two for the timers of this script, where a tick per limit would be at least ten.
    expect(Number(lines[0])).toBeLessThan(8)
  })

  it("out of descriptors: newcomers are turned away, those inside are served", async () => {
    const answering = transportOf(`
      onFrame: (id, bytes, start, length) => transport.send(id, bytes, start, length),
      onClose(id, reason) { if (reason === "too-many-connections") refused++ }`)
    const lines = await runScript(
      `
      let refused = 0
      const transport = ${answering}
      function takeAllDescriptors() {
        const taken = []
        for (;;) {
          const fd = os.files.open("/dev/null", "read")
          if (fd < 0) return taken
          taken.push(fd)
        }
      }
      transport.listen("127.0.0.1", 0, async (port) => {
        const first = connect(port, "127.0.0.1")
        await once(first, "connect")
        // One descriptor for the client's side of the next connection, none for ours.
        os.files.close(takeAllDescriptors().pop())
        const second = connect(port, "127.0.0.1").on("error", () => {})
        await new Promise((done) => second.once("close", done))
        console.log("refused", refused)
        first.write(frame(5))
        const [answer] = await once(first, "data")
        console.log("answered", answer.length)
        first.destroy()
        transport.close()
      })`,
      ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"],
    )
    expect(lines).toEqual(["refused 1", "answered 5"])
  })
})
