/**
 * Software nobody here wrote, for the compatibility tests: where it is, or why it is not there. On
 * a developer's machine a missing one skips its tests with the reason; with
 * MILLRACE_REQUIRE_PEERS=1 (as CI sets it) it fails them.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"

const compat = join(__dirname, "../compat")
/** Folder of Kafka's jars: `test/compat/install.sh` fetches them. */
export const jarFolder = join(process.env.KAFKA_PEER_DIR ?? join(compat, "kafka"), "lib")

function commandMissing(name: string, package_: string): string | undefined {
  const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0
  return found ? undefined : `${name} is not installed (Debian package ${package_})`
}

/** Why kcat cannot be run; undefined when it can. */
export function kcatMissing(): string | undefined {
  return commandMissing("kcat", "kcat")
}

/** Why strace cannot be run; undefined when it can. */
export function straceMissing(): string | undefined {
  return commandMissing("strace", "strace")
}

/** Why Apache Kafka's Java client and tools cannot be run; undefined when they can. */
export function kafkaJarsMissing(): string | undefined {
  const java = commandMissing("java", "default-jre-headless")
  if (java !== undefined) return java
  const found =
    existsSync(jarFolder) &&
    readdirSync(jarFolder).some((name) => name.startsWith("kafka-clients-"))
  return found ? undefined : `no Kafka jars in ${jarFolder}: run test/compat/install.sh`
}

/** Why librdkafka's Node binding cannot be loaded; undefined when it can. */
export function rdkafkaMissing(): string | undefined {
  const addon = "@confluentinc/kafka-javascript/build/Release/confluent-kafka-javascript.node"
  return existsSync(join(compat, "node_modules", addon))
    ? undefined
    : "librdkafka's binding is not built: run test/compat/install.sh"
}

/** `describe`, or one skipped test with the reason in its name, whose body is not even run; throws
 *  where peers are required. */
export function describeWith(missing: string | undefined): (name: string, run: () => void) => void {
  if (missing === undefined) return (name, run) => describe(name, run)
  if (process.env.MILLRACE_REQUIRE_PEERS === "1") throw new Error(missing)
  return (name) => it.skip(`${name} (skipped: ${missing})`, () => {})
}

/** Runs a main class of Kafka's jars; its output (stdout). Throws with stderr when it fails. */
export function runKafkaTool(mainClass: string, args: readonly string[], input = ""): string {
  const logging = `-Dlog4j2.configurationFile=${join(compat, "log4j2.properties")}`
  const heap = ["-Xmx256m", "-XX:TieredStopAtLevel=1"]
  return execFileSync("java", [...heap, logging, "-cp", `${jarFolder}/*`, mainClass, ...args], {
    input,
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["pipe", "pipe", "pipe"],
  })
}

/** Runs kcat; its stdout. Throws with stderr when it fails. */
export function kcat(args: readonly string[], input: string | Buffer = ""): string {
  return execFileSync("kcat", [...args], {
    input,
    encoding: "utf8",
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["pipe", "pipe", "pipe"],
  })
}
