/** Addresses as options spell them: `PLAINTEXT://host:port`, `host:port`, `[::1]:port`, `:port`. */

/** An address to listen on or to tell clients. */
export interface Listener {
  /** Empty where the text names none: all interfaces. */
  readonly host: string
  readonly port: number
}

const SHAPE = /^(?:PLAINTEXT:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^\s[\]:/]*)):(\d{1,5})$/

/** The address in a text; undefined when it is none, or names a protocol that is not served. */
export function parseListener(text: string): Listener | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const port = Number(match[3])
  return port <= 65535 ? { host: match[1] ?? match[2] ?? "", port } : undefined
}

/** An address as `host:port`, IPv6 in brackets. */
export function formatAddress({ host, port }: Listener): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}
