/**
 * Captures golden bytes between a real client and a real Kafka into `test/golden/wire/`.
 *
 *   node test/golden/capture/capture.mjs CLIENT "CLIENT'S VERSION" PROXY_PORT BROKER_PORT
 *
 * The broker has to be started with the proxy's port in `advertised.listeners`, so that clients
 * come back to the proxy after reading the metadata.
 */
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { clients } from "./clients.mjs"
import { startProxy } from "./proxy.mjs"

const [name, client, proxyPort, brokerPort] = process.argv.slice(2)
if (clients[name] === undefined || brokerPort === undefined) {
  console.error(
    `usage: capture.mjs ${Object.keys(clients).join("|")} VERSION PROXY_PORT BROKER_PORT`,
  )
  process.exit(2)
}

const proxy = startProxy(Number(proxyPort), Number(brokerPort))
await clients[name](`127.0.0.1:${proxyPort}`)
const exchanges = proxy.finish()
const origin = { client, broker: "Apache Kafka 4.3.1, one KRaft node", how: "test/golden/capture" }
const folder = join(dirname(fileURLToPath(import.meta.url)), "../wire")
const rows = exchanges.map((exchange) => `  ${JSON.stringify(exchange)}`).join(",\n")
const text = `{\n"origin": ${JSON.stringify(origin)},\n"exchanges": [\n${rows}\n]\n}\n`
writeFileSync(join(folder, `${name}.json`), text)
console.log(`${name}: ${exchanges.length} exchanges`)
process.exit(0)
