/**
 * Stands between a Kafka client and a broker and keeps what they say, frame by frame: the source of
 * `test/golden/wire/`. Started by `capture.mjs`.
 *
 * 1. Bytes pass unchanged; frames are cut from copies. Answers are matched by correlation id.
 * 2. Of each API and version it keeps at most a few exchanges, and none that is large.
 */
import { connect, createServer } from "node:net"

const EXCHANGES_PER_VERSION = 2
const EXCHANGE_BYTES = 3000
/** What the coordinators of share groups say to themselves, through the proxy as well. */
const isInternal = (api) => api >= 83 && api <= 87

/** Listens on a port; `finish` stops and gives the exchanges, sorted by API and version. */
export function startProxy(port, upstreamPort) {
  const kept = new Map()
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, "127.0.0.1")
    const asked = new Map()
    const onRequest = frames((frame) => asked.set(frame.readInt32BE(4), frame))
    const onResponse = frames((frame) => {
      const request = asked.get(frame.readInt32BE(0))
      asked.delete(frame.readInt32BE(0))
      if (request !== undefined) keep(kept, request, frame)
    })
    client.on("data", onRequest)
    upstream.on("data", onResponse)
    client.pipe(upstream)
    upstream.pipe(client)
    client.on("error", () => upstream.destroy())
    upstream.on("error", () => client.destroy())
  })
  server.listen(port, "127.0.0.1")
  return {
    finish() {
      server.close()
      const exchanges = [...kept.values()].flat()
      return exchanges.sort((a, b) => a.api - b.api || a.version - b.version)
    },
  }
}

function keep(kept, request, response) {
  if (request.length + response.length > EXCHANGE_BYTES) return
  const api = request.readInt16BE(0)
  if (isInternal(api)) return
  const version = request.readInt16BE(2)
  const key = `${api} v${version}`
  const list = kept.get(key) ?? []
  kept.set(key, list)
  const exchange = {
    api,
    version,
    request: request.toString("hex"),
    response: response.toString("hex"),
  }
  if (list.length < EXCHANGES_PER_VERSION) {
    list.push(exchange)
    return
  }
  // The longest answer says most: an empty fetch gives way to one with records.
  const last = list.length - 1
  if (exchange.response.length > list[last].response.length) list[last] = exchange
}

/** Cuts a stream of chunks into frames without their length. */
function frames(onFrame) {
  let held = Buffer.alloc(0)
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      onFrame(Buffer.from(held.subarray(4, end)))
      held = held.subarray(end)
    }
  }
}
