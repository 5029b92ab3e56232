/**
 * The same TCP congestion control for every broker: it changes figures over loopback more than any
 * design does. Linux only; changing the system's default needs root, and is undone at the end.
 */
import { readFileSync, writeFileSync } from "node:fs"

const path = "/proc/sys/net/ipv4/tcp_congestion_control"

/** The system's default; new sockets of every process take it. */
export function systemCongestionControl(): string {
  return readFileSync(path, "utf8").trim()
}

/** Makes `name` the system's default until the returned function is called, or the process ends. */
export function useCongestionControl(name: string): () => void {
  const before = systemCongestionControl()
  if (name === "system" || name === before) return () => {}
  try {
    writeFileSync(path, name)
  } catch (error) {
    throw new Error(`cannot make ${name} the congestion control: ${(error as Error).message}`)
  }
  const restore = () => writeFileSync(path, before)
  const restoreAndEnd = () => process.exit(130) // "exit" restores
  process.once("exit", restore)
  process.once("SIGINT", restoreAndEnd)
  process.once("SIGTERM", restoreAndEnd)
  return () => {
    process.off("exit", restore)
    restore()
  }
}
