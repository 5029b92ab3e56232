/** What a transport means for the process and the thread it lives in. */
import { describeLinux, runScript, workerOf } from "./linux-house.ts"

/** A handler that does nothing, as source; `extra` replaces parts of it. */
const handler = (extra = "") =>
  `{ onOpen() {}, onFrame() {}, onTurnEnd() {}, onClose() {}, ${extra} }`

describeLinux("lifetime", () => {
  it("a process that listens lives, one whose transport is closed ends", async () => {
    const output = await runScript(`
      const transport = os.createTransport(${handler()})
      transport.listen("127.0.0.1", 0, (port) => {
        setTimeout(() => {
          console.log("alive", port > 0)
          transport.close(() => console.log("closed"))
        }, 50)
      })
      process.on("exit", () => console.log("exit"))`)
    expect(output.split("\n")).toEqual(["alive true", "closed", "exit"])
  })

  it("closeListeners without connections lets the process end, timers or not", async () => {
    const output = await runScript(`
      const transport = os.createTransport(${handler()})
      transport.listen("127.0.0.1", 0, () => transport.closeListeners())
      os.clock.after(60000, () => console.log("never"))`)
    expect(output).toBe("")
  })

  it("a connection keeps the process alive until its peer goes", async () => {
    const output = await runScript(`
      const transport = os.createTransport(${handler("onClose: (id, reason) => console.log(reason)")})
      transport.listen("127.0.0.1", 0, (port) => {
        const socket = require("node:net").connect(port, "127.0.0.1", () => {
          transport.closeListeners()
          setTimeout(() => socket.end(), 50)
        })
      })`)
    expect(output).toBe("peer")
  })

  it("several transports of one thread do not meet", async () => {
    const output = await runScript(`
      const net = require("node:net")
      const seen = []
      const transports = [0, 1, 2].map((at) => {
        const transport = os.createTransport(${handler(
          "onFrame: (id, bytes, start, length) => { seen.push(at + ':' + length); if (seen.length === 3) end() }",
        )})
        transport.listen("127.0.0.1", 0, (port) => {
          net.connect(port, "127.0.0.1").end(Buffer.concat([Buffer.from([0, 0, 0, at + 1]), Buffer.alloc(at + 1)]))
        })
        return transport
      })
      function end() {
        for (const transport of transports) transport.close()
        console.log(seen.sort().join(" "))
      }`)
    expect(output).toBe("0:1 1:2 2:3")
  })

  it("a worker is terminated with everything under way: connections, replies, cold reads, syncs", async () => {
    const worker = workerOf(`
      const { parentPort } = require("node:worker_threads")
      const { execFileSync } = require("node:child_process")
      const path = require("node:fs").mkdtempSync(require("node:os").tmpdir() + "/millrace-test-") + "/file"
      const fd = os.files.open(path, "write")
      os.files.write(fd, Buffer.alloc(8 << 20), 0, 8 << 20, 0)
      os.files.syncNow(fd)
      const cold = os.files.open(path, "read")
      execFileSync("dd", ["if=" + path, "iflag=nocache", "count=0"], { stdio: "ignore" })
      const map = os.files.map(fd, 1 << 20, "read-write")
      let openCount = 0
      const transport = os.createTransport(${handler(`
        onOpen: (id) => {
          for (let i = 0; i < 4; i++) transport.sendSlice(id, { fd: cold, position: i << 20, length: 4 << 20, release() {} })
          os.files.sync(fd, () => {})
          os.files.warm(cold, 0, 8 << 20, () => {})
          if (++openCount === 20) parentPort.postMessage({ path })
        }`)})
      transport.listen("127.0.0.1", 0, (port) => parentPort.postMessage({ port }))`)
    const output = await runScript(`
      const worker = ${worker}
      const sockets = []
      worker.on("error", (error) => console.log(error))
      worker.on("message", async ({ port, path }) => {
        if (port) {
          for (let i = 0; i < 20; i++) sockets.push(require("node:net").connect(port, "127.0.0.1").on("error", () => {}))
          return
        }
        console.log("exit code", await worker.terminate())
        await Promise.all(sockets.map((each) => each.closed || new Promise((done) => each.resume().once("close", done))))
        require("node:fs").rmSync(require("node:path").dirname(path), { recursive: true })
        console.log("sockets closed")
      })`)
    expect(output.split("\n")).toEqual(["exit code 1", "sockets closed"])
  })

  it("a worker is terminated while requests keep coming, again and again", async () => {
    const worker = workerOf(`
      const { parentPort } = require("node:worker_threads")
      const transport = os.createTransport(${handler(
        "onFrame: (id, bytes, start, length) => transport.send(id, bytes, start, length)",
      )})
      transport.listen("127.0.0.1", 0, (port) => parentPort.postMessage({ port }))`)
    const output = await runScript(`
      const { once } = require("node:events")
      const net = require("node:net")
      async function round() {
        const worker = ${worker}
        const [{ port }] = await once(worker, "message")
        const request = Buffer.concat([Buffer.from([0, 0, 0, 100]), Buffer.alloc(100)])
        let answers = 0
        const enough = new Promise((done) => {
          for (let i = 0; i < 8; i++) {
            const socket = net.connect(port, "127.0.0.1").on("error", () => {})
            const ask = () => socket.write(Buffer.concat(Array(50).fill(request)))
            socket.on("data", () => { ask(); if (++answers === 100) done() })
            ask()
          }
        })
        await enough
        return worker.terminate()
      }
      (async () => {
        for (let i = 0; i < 5; i++) console.log(await round())
      })()`)
    expect(output.split("\n")).toEqual(["1", "1", "1", "1", "1"])
  })

  it("a handler that throws: the process hears of it as an uncaught exception, and can go on", async () => {
    const output = await runScript(`
      process.on("uncaughtException", (error) => console.log(error.message))
      const transport = os.createTransport(${handler(`
        onFrame: () => { throw new Error("of the handler") },
        onClose: () => transport.close()`)})
      transport.listen("127.0.0.1", 0, (port) => {
        require("node:net").connect(port, "127.0.0.1").end(Buffer.from([0, 0, 0, 1, 7]))
      })`)
    expect(output).toBe("of the handler")
  })

  it("no connection, no wake-up: an idle broker does not even look at the time", async () => {
    const output = await runScript(`
      const switches = () => Number(/^voluntary_ctxt_switches:\\s*(\\d+)/m.exec(
        require("node:fs").readFileSync("/proc/thread-self/status", "utf8"))[1])
      const transport = os.createTransport(${handler()}, { idleTimeoutMs: 50, frameTimeoutMs: 50 })
      transport.listen("127.0.0.1", 0, (port) => {
        const socket = require("node:net").connect(port, "127.0.0.1", () => socket.end())
        setTimeout(() => {
          const before = switches()
          setTimeout(() => { console.log(switches() - before); transport.close() }, 500)
        }, 300)
      })`)
    // Two for the timers of this script, where a tick per limit would be at least ten.
    expect(Number(output)).toBeLessThan(8)
  })

  it("out of descriptors: newcomers are turned away, those inside are served, no spinning", async () => {
    const output = await runScript(
      `
      const net = require("node:net")
      let refused = 0
      const transport = os.createTransport(${handler(`
        onFrame: (id, bytes, start, length) => transport.send(id, bytes, start, length),
        onClose: (id, reason) => { if (reason === "too-many-connections") refused++ }`)})
      transport.listen("127.0.0.1", 0, async (port) => {
        const first = net.connect(port, "127.0.0.1")
        await new Promise((done) => first.once("connect", done))
        const held = []
        for (;;) {
          const fd = os.files.open("/dev/null", "read")
          if (fd < 0) break
          held.push(fd)
        }
        // One descriptor for the client's side of the next connection, none for ours.
        os.files.close(held.pop())
        const second = net.connect(port, "127.0.0.1").on("error", () => {})
        await new Promise((done) => second.once("close", done))
        console.log("refused", refused)
        first.once("data", (bytes) => {
          console.log("answered", bytes.toString())
          first.destroy()
          transport.close()
        })
        first.write(Buffer.from("\\0\\0\\0\\5hello"))
      })`,
      ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"],
    )
    expect(output.split("\n")).toEqual(["refused 1", "answered hello"])
  })
})
