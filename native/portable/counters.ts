/** Totals of a transport while they are counted; `TransportCounters` is what others see. */
import type { TransportCounters } from "../os.ts"

export type Counters = { -readonly [Name in keyof TransportCounters]: TransportCounters[Name] }

/** All zero. */
export function newCounters(): Counters {
  return {
    openConnections: 0,
    acceptedConnections: 0,
    receivedBytes: 0,
    copiedBytes: 0,
    sendfileBytes: 0,
    copiedFileBytes: 0,
    coldBytes: 0,
  }
}
