/**
 * Turns what node:fs and node:net throw into the negative numbers of the Os contract. Goes by the
 * name of the error (`code`), since its number differs between libuv on Windows and elsewhere.
 */
import { errno } from "../errno.ts"

const numbers: Readonly<Record<string, number>> = errno

/** -errno of an error that the system caused; programming errors are thrown on. */
export function failureOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined || code.startsWith("ERR_")) throw error
  return -(numbers[code] ?? errno.EIO)
}

/** Result of a call that either gives a number or throws. */
export function resultOf(run: () => number): number {
  try {
    return run()
  } catch (error) {
    return failureOf(error)
  }
}

/** Zero when `run` returns, -errno when it throws. */
export function statusOf(run: () => unknown): number {
  try {
    run()
    return 0
  } catch (error) {
    return failureOf(error)
  }
}
