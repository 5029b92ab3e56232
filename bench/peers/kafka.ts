/**
 * Starts Apache Kafka (one node, KRaft) from a directory of its jars, with the JVM flags of its own
 * start script and a 1 GB heap. `test/compat/install.sh` fetches the jars by Maven.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { RunningBroker, StartBrokerOptions } from "./peer.ts"

const jars = join(
  process.env.KAFKA_PEER_DIR ?? join(import.meta.dirname, "../../../test/compat/kafka"),
  "lib",
)
const jvmFlags = [
  "-Xmx1g",
  "-Xms1g",
  "-server",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
  "-Djava.awt.headless=true",
]
const START_LIMIT_MS = 60_000

/** Why Kafka cannot be started here; undefined when it can. */
export function kafkaMissing(): string | undefined {
  const found = existsSync(jars) && readdirSync(jars).some((name) => name.startsWith("kafka_2.13-"))
  return found
    ? undefined
    : `no Kafka jars in ${jars}: run test/compat/install.sh, or set KAFKA_PEER_DIR`
}

/** Starts it on freshly formatted storage; resolves at its first answer. */
export async function startKafka(options: StartBrokerOptions): Promise<RunningBroker> {
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), "kafka-bench-"))
  const properties = join(directory, "server.properties")
  writeFileSync(properties, serverProperties(options, directory))
  writeFileSync(join(directory, "log4j2.properties"), "rootLogger.level=error\n")
  const logging = `-Dlog4j2.configurationFile=${join(directory, "log4j2.properties")}`
  const classpath = ["-cp", `${jars}/*`]
  const format = [
    "kafka.tools.StorageTool",
    "format",
    "-t",
    "4L6g3nShT-eMCtK--X86sw",
    "-c",
    properties,
  ]
  execFileSync("java", ["-Xmx256m", logging, ...classpath, ...format], { stdio: "ignore" })
  const startedAt = performance.now()
  const child = spawn("java", [...jvmFlags, logging, ...classpath, "kafka.Kafka", properties], {
    stdio: "ignore",
  })
  await firstAnswer(options.port, child)
  return {
    name: "kafka",
    port: options.port,
    pid: child.pid!,
    readyMs: performance.now() - startedAt,
    stop: async () => {
      const ended = once(child, "exit")
      child.kill("SIGTERM")
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function serverProperties({ port, settings }: StartBrokerOptions, directory: string): string {
  const controllerPort = port < 50_000 ? port + 10_000 : port - 10_000
  const lines: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": join(directory, "logs"),
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    ...settings,
  }
  return `${Object.entries(lines)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n")}\n`
}

/** Resolves when an ApiVersions v0 request is answered. */
async function firstAnswer(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`kafka ended with status ${child.exitCode}`)
    if (await answersApiVersions(port)) return
    await sleep(5)
  }
  child.kill("SIGKILL")
  throw new Error(`kafka did not answer within ${START_LIMIT_MS / 1000} s`)
}

/** Whether a broker on 127.0.0.1 answers ApiVersions v0 now. */
export function answersApiVersions(port: number): Promise<boolean> {
  const request = Buffer.from("0000000a00120000000000070000", "hex")
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(5_000, () => end(false))
    socket.on("error", () => end(false))
    socket.on("connect", () => socket.write(request))
    socket.on("data", (bytes) => end(bytes.readInt32BE(4) === 7))
    socket.on("close", () => end(false))
  })
}
