/** Defaults of the transport's limits, as os.ts documents them; the same for all houses. */
import type { TransportOptions } from "../os.ts"

const MIB = 1_048_576

/** What a transport uses where its maker says nothing. */
export const defaultTransportOptions: TransportOptions = {
  maxFrameBytes: 104_857_600,
  maxRequestMemoryBytes: 64 * MIB,
  maxConnections: 10_000,
  frameTimeoutMs: 30_000,
  idleTimeoutMs: 600_000,
  sendTimeoutMs: 60_000,
  maxUnsentBytes: 8 * MIB,
  maxSendBytesPerTurn: MIB,
  congestionControl: "auto",
}

/** How long a frame of this announced length may take: one second more for each MiB. */
export function frameDeadlineMs(frameTimeoutMs: number, announcedBytes: number): number {
  return frameTimeoutMs + Math.floor(announcedBytes / MIB) * 1000
}
