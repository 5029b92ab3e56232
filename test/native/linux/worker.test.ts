/** Worker threads that are terminated in the middle of things: no abort, no open socket. */
import { describeLinux, runScript, transportOf, workerOf } from "./linux-house.ts"

/** Twenty connections, each with replies from a cold file; syncs and warming in the pool. */
const busyWorker = workerOf(`
  const { execFileSync } = require("node:child_process")
  const { mkdtempSync } = require("node:fs")
  const path = mkdtempSync(require("node:os").tmpdir() + "/millrace-test-") + "/file"
  const length = 8 << 20
  const fd = os.files.open(path, "write")
  os.files.write(fd, Buffer.alloc(length), 0, length, 0)
  os.files.syncNow(fd)
  const cold = os.files.open(path, "read")
  execFileSync("dd", ["if=" + path, "iflag=nocache", "count=0"], { stdio: "ignore" })
  os.files.map(fd, length, "read-write").bytes[0] = 1
  let openCount = 0
  const transport = ${transportOf(`onOpen(id) {
    for (let at = 0; at < 4; at++) {
      const slice = { fd: cold, position: at << 20, length: length / 2, release() {} }
      transport.sendSlice(id, slice)
    }
    os.files.sync(fd, () => {})
    os.files.warm(cold, 0, length, () => {})
    if (++openCount === 20) parentPort.postMessage({ path })
  }`)}
  transport.listen("127.0.0.1", 0, (port) => parentPort.postMessage({ port }))`)

const answeringWorker = workerOf(`
  const transport = ${transportOf(
    "onFrame: (id, bytes, start, length) => transport.send(id, bytes, start, length)",
  )}
  transport.listen("127.0.0.1", 0, (port) => parentPort.postMessage({ port }))`)

describeLinux("worker", () => {
  it("terminated with connections, replies, cold reads and syncs under way", async () => {
    const lines = await runScript(`
      const { dirname } = require("node:path")
      const { rmSync } = require("node:fs")
      async function run() {
        const worker = ${busyWorker}
        const [{ port }] = await once(worker, "message")
        const sockets = Array.from({ length: 20 }, () => connect(port, "127.0.0.1"))
        for (const socket of sockets) socket.on("error", () => {})
        const [{ path }] = await once(worker, "message")
        console.log("exit code", await worker.terminate())
        const closed = (socket) => new Promise((done) => socket.once("close", done).resume())
        await Promise.all(sockets.filter((socket) => !socket.closed).map(closed))
        rmSync(dirname(path), { recursive: true })
        console.log("sockets closed")
      }
      run()`)
    expect(lines).toEqual(["exit code 1", "sockets closed"])
  })

  it("terminated while requests keep coming, again and again", async () => {
    const lines = await runScript(`
      const requests = Buffer.concat(Array(50).fill(frame(100)))
      async function round() {
        const worker = ${answeringWorker}
        const [{ port }] = await once(worker, "message")
        let answers = 0
        await new Promise((enough) => {
          for (let count = 0; count < 8; count++) {
            const socket = connect(port, "127.0.0.1").on("error", () => {})
            socket.on("data", () => {
              socket.write(requests)
              if (++answers === 100) enough()
            })
            socket.write(requests)
          }
        })
        return worker.terminate()
      }
      async function run() {
        for (let count = 0; count < 5; count++) console.log(await round())
      }
      run()`)
    expect(lines).toEqual(["1", "1", "1", "1", "1"])
  })

  it("two threads, each with its own house, at the same time", async () => {
    const lines = await runScript(`
      async function ask() {
        const worker = ${answeringWorker}
        const [{ port }] = await once(worker, "message")
        const socket = connect(port, "127.0.0.1")
        socket.write(frame(9))
        const [answer] = await once(socket, "data")
        socket.destroy()
        await worker.terminate()
        return answer.length
      }
      Promise.all([ask(), ask()]).then((lengths) => console.log(...lengths))`)
    expect(lines).toEqual(["9 9"])
  })
})
