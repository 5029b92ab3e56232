/** Broker addresses as users write them: "host", "host:9092", "[::1]:9092", lists with commas. */
import { optionError } from "../errors.ts"

/** Where a broker listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 9092

/** `host:port`, with brackets around IPv6. */
export function addressName(address: Address): string {
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`
}

/** Parses `bootstrapServers`; throws INVALID_OPTION when an entry is no address or none is left. */
export function parseAddresses(bootstrapServers: string | readonly string[]): Address[] {
  const list = typeof bootstrapServers === "string" ? [bootstrapServers] : bootstrapServers
  const entries = Array.isArray(list) ? list.flatMap((entry) => String(entry).split(",")) : []
  const addresses = entries.map((entry) => entry.trim()).filter((entry) => entry !== "")
  if (addresses.length === 0) {
    throw optionError("bootstrapServers names no broker. Give at least one 'host:port'.")
  }
  return addresses.map(parseAddress)
}

function parseAddress(entry: string): Address {
  const text = entry.replace(/^[A-Za-z_]+:\/\//, "")
  const match =
    /^\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:/\s]+)(?::(\d{1,5}))?$/.exec(text)
  const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2])
  if (match === null || port < 1 || port > 65535) {
    throw optionError(`bootstrapServers: '${entry}' is not 'host:port'.`)
  }
  return { host: match[1]!, port }
}
