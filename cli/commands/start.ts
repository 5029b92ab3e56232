/** `millrace start`: runs a broker in the foreground until SIGINT or SIGTERM. */
import { type Command, Option } from "commander"
import { collectPair, helpOf } from "../options.ts"

interface StartOptions {
  listen?: string
  dataDir?: string
  config?: string
  set?: Record<string, string>
  durability?: string
  os?: string
  logLevel?: string
}

/** Gives the command its options. */
export function configure(command: Command): void {
  command
    .option("-l, --listen <host:port>", "address to serve (default 127.0.0.1:9092)")
    .option("-d, --data-dir <dir>", "where the logs are kept (default ./millrace-data)")
    .option("-c, --config <file>", "options in a .properties or .json file")
    .option("-s, --set <key=value>", "one option, by Kafka's name; may be repeated", collectPair)
    .addOption(
      new Option("--durability <mode>", "what an acks=all answer promises").choices([
        "fsync",
        "os",
        "memory",
      ]),
    )
    .addOption(
      new Option("--os <house>", "how files and sockets are reached").choices([
        "linux",
        "portable",
      ]),
    )
    .addOption(
      new Option("--log-level <level>", "least severe line that is logged").choices([
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
    )
    .addHelpText("after", helpText)
    .action(start)
}

const helpText = helpOf({
  notes: `
Later ones win: --config, --set, the options above. The names of options are
Kafka's where their meaning is Kafka's. When the broker can be used, it prints
  millrace VERSION ready on HOST:PORT (os linux, durability fsync, N ms)
The first Ctrl-C or SIGTERM syncs and closes in order (status 0); the second
one does not wait.`,
  failed: "it cannot run: port taken, directory locked or not writable ...",
  examples: `
  millrace start
  millrace start --listen 0.0.0.0:9092 --data-dir /var/lib/millrace
  millrace start --set log.segment.bytes=16777216 --set auto.create.topics.enable=false
  millrace start --config broker.properties --durability os`,
})

async function start(options: StartOptions): Promise<void> {
  const { runBroker } = await import("../../broker/main.ts")
  process.exitCode = await runBroker(options)
}
