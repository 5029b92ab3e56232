/** Options that several commands share, each defined once. */
import { Option } from "commander"
import { parseAddresses } from "../clients/net/addresses.ts"
import { CliError, EXIT } from "./failure.ts"

/** `-b, --bootstrap HOST:PORT[,HOST:PORT]`: which brokers to ask first. */
export function bootstrapOption(): Option {
  return new Option("-b, --bootstrap <host:port,...>", "brokers to ask first")
    .default("127.0.0.1:9092")
    .env("MILLRACE_BOOTSTRAP")
    .argParser(checkBootstrap)
}

function checkBootstrap(text: string): string {
  try {
    parseAddresses(text)
    return text
  } catch (error) {
    const reason = (error as Error).message.replace(/^bootstrapServers:? ?/, "")
    throw new CliError(`--bootstrap: ${reason}`, EXIT.usage)
  }
}

/** What stands below the options in a command's help. */
export interface HelpText {
  /** What the options do not say, with a newline before the first line. */
  notes?: string
  /** What status 1 means here; by default that it failed. */
  failed?: string
  /** What Ctrl-C does, for commands that notice it. */
  interrupted?: string
  /** Indented lines, with a newline before the first. */
  examples: string
}

/** Notes, exit statuses and examples, for `addHelpText("after", ...)`. */
export function helpOf({ notes, failed, interrupted, examples }: HelpText): string {
  const stopped = interrupted === undefined ? "" : `\n  130  stopped by Ctrl-C: ${interrupted}`
  return `${notes === undefined ? "" : `${notes}\n`}
Exit status:
  0    done
  1    ${failed ?? "it failed; one line on stderr says why"}
  2    the command line was wrong${stopped}

Examples:${examples}`
}

/** `-o, --output table|json|ndjson` of the listing commands. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "how to print")
    .choices(["table", "json", "ndjson"])
    .default("table")
}

/** An argument parser for whole numbers within bounds; a wrong one is a usage error. */
export function wholeNumber(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
    throw new CliError(`${name} takes a whole number ${range}, not '${text}'`, EXIT.usage)
  }
}

/** Collects a repeatable `key=value` option into an object. */
export function collectPair(
  text: string,
  pairs: Record<string, string> = {},
): Record<string, string> {
  const at = text.indexOf("=")
  if (at < 1) throw new CliError(`'${text}' should have the form key=value`, EXIT.usage)
  return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) }
}
