/** Names and texts of negative results: -2 is ENOENT. One table for all houses. */
import { constants } from "node:os"

/** Of two names for one number (EAGAIN, EWOULDBLOCK) the first. */
const names = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, value]) => [value, name]),
)

/** The number of an errno name, as houses return it negated: `errno.ENOENT` is 2 on Linux. */
export const errno: Readonly<typeof constants.errno> = constants.errno

/** "ENOENT" for -2; "error 999" for a number the system does not name. */
export function errnoName(result: number): string {
  return names.get(-result) ?? `error ${-result}`
}
