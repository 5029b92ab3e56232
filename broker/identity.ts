/** Who this broker is, and at which address a client is to find it. */
import type { ConnectionInfo } from "../native/os.ts"

/** A host and a port, as clients are told. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** What answers say of this broker. */
export interface Identity {
  readonly nodeId: number
  readonly clusterId: string
  readonly rack: string | null
  /** The address for the client at the other end: the one it dialled, unless one was configured. */
  endpointFor(info: ConnectionInfo): Endpoint
}

const MAPPED_IPV4 = "::ffff:"

/** Makes the identity; `advertised` is what advertised.listeners says, if anything. */
export function createIdentity(options: {
  nodeId: number
  clusterId: string
  rack: string | null
  advertised: Endpoint | undefined
}): Identity {
  const { nodeId, clusterId, rack, advertised } = options
  const endpointFor = (info: ConnectionInfo) =>
    advertised ?? { host: plainHost(info.localHost), port: info.localPort }
  return { nodeId, clusterId, rack, endpointFor }
}

/** A socket that listens on "::" shows IPv4 peers in their IPv6 form. */
function plainHost(host: string): string {
  return host.startsWith(MAPPED_IPV4) ? host.slice(MAPPED_IPV4.length) : host
}
