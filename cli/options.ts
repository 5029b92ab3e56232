/** Options that several commands share, each defined once. */
import { Option } from "commander"
import { CliError, EXIT } from "./failure.ts"

/** `-b, --bootstrap HOST:PORT[,HOST:PORT]`: which brokers to ask first. */
export function bootstrapOption(): Option {
  return new Option("-b, --bootstrap <host:port,...>", "brokers to ask first")
    .default("127.0.0.1:9092")
    .env("MILLRACE_BOOTSTRAP")
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
