/**
 * A value that comes later, handed over in the same turn: unlike a promise it calls its waiter
 * inside `resolve`, so that a parked reply leaves with the turn that completed it.
 */

type Waiter<T> = (value: T) => unknown

/** A promise-like with one value and one waiter on the fast way; `await` works too. */
export class Deferred<T> implements PromiseLike<T> {
  #value: T | undefined
  #isSettled = false
  #waiters: Waiter<T>[] = []

  /** Hands the value to whoever waits. A second call is ignored. */
  resolve(value: T): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#value = value
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter(value)
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise-like on purpose
  then<Result = T, Failure = never>(
    onValue?: ((value: T) => Result | PromiseLike<Result>) | null,
    _onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): PromiseLike<Result | Failure> {
    const next = new Deferred<Result>()
    const waiter = (value: T) => {
      const result = onValue ? onValue(value) : (value as unknown as Result)
      if (isPromiseLike(result)) result.then((inner) => next.resolve(inner))
      else next.resolve(result)
    }
    if (this.#isSettled) waiter(this.#value as T)
    else this.#waiters.push(waiter)
    return next
  }
}

/** Whether a handler's outcome comes later. */
export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function"
}
