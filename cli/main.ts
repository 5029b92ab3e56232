/**
 * The `millrace` command: picks the command, loads only its file, and turns every failure into one
 * line on stderr and an exit status (see cli/failure.ts).
 */
import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import { describeFailure, EXIT, exitStatusOf } from "./failure.ts"
import { helpOf } from "./options.ts"
import { closePipesQuietly } from "./output.ts"

type Register = (program: Command) => void

const commands: Record<string, () => Promise<{ register: Register }>> = {
  start: () => import("./commands/start.ts"),
  topics: () => import("./commands/topics.ts"),
  produce: () => import("./commands/produce.ts"),
  consume: () => import("./commands/consume.ts"),
  replay: () => import("./commands/replay.ts"),
  inspect: () => import("./commands/inspect.ts"),
}

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
  const wanted = commands[argv[2] ?? ""]
  const modules = await Promise.all(
    (wanted ? [wanted] : Object.values(commands)).map((load) => load()),
  )
  for (const module of modules) module.register(program)
  try {
    await program.parseAsync(argv as string[])
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    process.stderr.write(`millrace: ${describeFailure(error)}\n`)
    return process.exitCode === EXIT.interrupted ? EXIT.interrupted : exitStatusOf(error)
  }
}
