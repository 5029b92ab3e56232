/**
 * The `millrace` command: picks the command, loads only its file, and turns every failure into one
 * line on stderr and an exit status (see cli/failure.ts).
 */
import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import { describeFailure, EXIT, exitStatusOf } from "./failure.ts"
import { helpOf } from "./options.ts"
import { closePipesQuietly } from "./output.ts"

interface CommandEntry {
  usage: string
  description: string
  /** Loads the file that knows the command's options and does the work. */
  load: () => Promise<{ configure: (command: Command) => void }>
}

const commands: readonly CommandEntry[] = [
  {
    usage: "start",
    description: "Run a broker until Ctrl-C or SIGTERM.",
    load: () => import("./commands/start.ts"),
  },
  {
    usage: "topics",
    description: "List, describe, create and delete topics.",
    load: () => import("./commands/topics.ts"),
  },
  {
    usage: "produce <topic>",
    description: "Send lines or JSON lines to a topic.",
    load: () => import("./commands/produce.ts"),
  },
  {
    usage: "consume <topic...>",
    description: "Print records; follows the topics until Ctrl-C unless told where to stop.",
    load: () => import("./commands/consume.ts"),
  },
  {
    usage: "replay <topic>",
    description: "Republish a range of a topic, or move a group back to its start.",
    load: () => import("./commands/replay.ts"),
  },
  {
    usage: "inspect <path...>",
    description: "Print what is in the files of a log; works while a broker runs on them.",
    load: () => import("./commands/inspect.ts"),
  },
]

/** The version in package.json, three levels up from the compiled file. */
export function packageVersion(): string {
  const path = new URL("../../package.json", import.meta.url)
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version
}

const helpText = helpOf({
  notes: "\nmillrace COMMAND --help shows the options of a command, with examples.",
  interrupted: "what was begun has been finished in order",
  examples: `
  millrace start --data-dir ./data
  echo 'hello' | millrace produce greetings
  millrace consume greetings --exit
  millrace replay greetings --from '2h ago' --into greetings-again`,
})

/** "error: unknown option '--lisen'\\n(Did you mean --listen?)" as one line. */
function oneLine(text: string): string {
  const [first, hint] = text
    .replace(/^error: /, "millrace: ")
    .trimEnd()
    .split("\n")
  return hint?.startsWith("(") ? `${first} ${hint}\n` : text.replace(/^error: /, "millrace: ")
}

/** Runs the command line `argv` (as `process.argv`); resolves to the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  closePipesQuietly()
  const program = new Command("millrace")
    .description("A log broker that speaks the Apache Kafka protocol, and its tools.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(oneLine(text)),
    })
    .addHelpText("after", helpText)
  const [first, second] = argv.slice(2)
  const wanted = first === "help" ? second : first
  for (const { usage, description, load } of commands) {
    const command = program.command(usage).description(description)
    if (command.name() === wanted) (await load()).configure(command)
  }
  try {
    await program.parseAsync(argv as string[])
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    process.stderr.write(`millrace: ${describeFailure(error)}\n`)
    return process.exitCode === EXIT.interrupted ? EXIT.interrupted : exitStatusOf(error)
  }
}
