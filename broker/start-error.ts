/** Why a broker could not start, in one line that says what to do about it. */
import { errno, errnoName } from "../native/errno.ts"
import { formatAddress, type Listener } from "./listeners.ts"

/** Thrown by `Broker.open`. */
export class StartError extends Error {
  override readonly name = "StartError"
}

/** The settings themselves are wrong: trying again elsewhere or later would not help. */
export class SettingsError extends StartError {}

/** The line for an address that cannot be listened on. */
export function listenFailure(address: Listener, result: number): string {
  const where = `cannot listen on ${formatAddress(address)}`
  switch (-result) {
    case errno.EADDRINUSE:
      return `${where}: the port is taken; stop the other process or choose another port`
    case errno.EACCES:
      return `${where}: not permitted; ports below 1024 need privileges, choose a higher one`
    case errno.EADDRNOTAVAIL:
      return `${where}: the address does not belong to this machine; try 127.0.0.1 or 0.0.0.0`
    default:
      return `${where}: ${errnoName(result)}`
  }
}
