/** Ctrl-C as an AbortSignal: the first asks the command to stop, the second ends the process. */
import { EXIT } from "./failure.ts"

/** A signal that aborts at the first SIGINT or SIGTERM; the exit status is then 130. */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController()
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted)
      process.exitCode = EXIT.interrupted
      controller.abort()
    })
  }
  return controller.signal
}
