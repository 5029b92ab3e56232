/**
 * How the command line fails: one clear line and one of these exit statuses.
 *
 *   0 done   1 it failed   2 the command line was wrong   130 interrupted by Ctrl-C
 */

/** Exit statuses of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** A failure whose text is meant for the person at the terminal. */
export class CliError extends Error {
  readonly exitStatus: number

  constructor(message: string, exitStatus: number = EXIT.failed) {
    super(message)
    this.name = "CliError"
    this.exitStatus = exitStatus
  }
}

/** The exit status that goes with a thrown value. */
export function exitStatusOf(error: unknown): number {
  return error instanceof CliError ? error.exitStatus : EXIT.failed
}

/** One line for a thrown value: its code (if it has one) and its message, without a stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as { code?: unknown }).code
  const text = error.message.replace(/\s*\n\s*/g, " ")
  return typeof code === "string" && !text.includes(code) ? `${text} (${code})` : text
}
