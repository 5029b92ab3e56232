/** The brokers that the clients are tried against: our own on both houses, and Apache Kafka. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { Broker } from "../../broker/index.ts"
import { freePort, houses } from "../support/broker-process.ts"
import { jarFolder, kafkaJarsMissing, runKafkaTool } from "../support/peers.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const START_LIMIT_MS = 60_000
const CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw"
const jars = join(jarFolder, "*")

/** A running broker. */
export interface RunningBroker {
  readonly bootstrapServers: string
  stop(): Promise<void>
}

/** A kind of broker; `missing` says why it cannot be started here. */
export interface BrokerKind {
  readonly name: string
  readonly missing: string | undefined
  start(): Promise<RunningBroker>
}

/** All kinds. */
export const brokerKinds: readonly BrokerKind[] = [
  ...houses.map((os) => ({
    name: `Millrace on ${os}`,
    missing: undefined,
    start: () => startMillrace(os),
  })),
  { name: "Apache Kafka", missing: kafkaJarsMissing(), start: startKafka },
]

async function startMillrace(os: (typeof houses)[number]): Promise<RunningBroker> {
  const broker = await Broker.open({ os, durability: "os", logLevel: "error" })
  return { bootstrapServers: broker.bootstrapServers, stop: () => broker.close() }
}

async function startKafka(): Promise<RunningBroker> {
  const directory = temporaryDirectory("kafka-")
  const [port, controllerPort] = [await freePort(), await freePort()]
  const properties = join(directory, "server.properties")
  writeFileSync(properties, kafkaProperties(directory, port, controllerPort))
  runKafkaTool("kafka.tools.StorageTool", ["format", "-t", CLUSTER_ID, "-c", properties])
  const args = ["-Xmx512m", "-cp", jars, "kafka.Kafka", properties]
  const child = spawn("java", args, { stdio: "ignore", cwd: directory })
  await answers(port, child)
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL")
      await once(child, "exit")
    },
  }
}

function kafkaProperties(directory: string, port: number, controllerPort: number): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    "inter.broker.listener.name=PLAINTEXT",
    "controller.listener.names=CONTROLLER",
    "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    `log.dirs=${directory}/logs`,
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=5",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
  ].join("\n")
}

/** Resolves when somebody listens at the port. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the broker ended with ${child.exitCode}`)
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
      socket.once("connect", () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill("SIGKILL")
  throw new Error("the broker did not start")
}
