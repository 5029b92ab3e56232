/** Trying again: how long to wait, and when to stop. */
import { KafkaError } from "../../../clients/errors.ts"
import type { Clock } from "../../../clients/net/clock.ts"
import { backoffMs, retry } from "../../../clients/net/retry.ts"

/** A clock on which every wait is over at once. */
function fastClock(): Clock & { waits: number[] } {
  let now = 0
  const waits: number[] = []
  return {
    waits,
    nowMs: () => now,
    monotonicMs: () => now,
    after(delayMs, run) {
      waits.push(delayMs)
      now += delayMs
      queueMicrotask(run)
      return { cancel() {} }
    },
    soon: (run) => queueMicrotask(run),
    random: () => 0.5,
  }
}

const backoff = { retryBackoffMs: 100, retryBackoffMaxMs: 1000 }
const passing = new KafkaError("X", "x.", { retriable: true })

function options(clock: Clock, deadlineAt: number, signal = new AbortController().signal) {
  return { clock, backoff, deadlineAt, signal }
}

describe("retry", () => {
  it("waits double up to the limit, give or take a fifth", () => {
    expect([1, 2, 3, 4, 5, 50].map((n) => backoffMs(backoff, n, 0.5))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ])
    expect(backoffMs(backoff, 1, 0)).toBeCloseTo(80)
    expect(backoffMs(backoff, 1, 1)).toBeCloseTo(120)
  })

  it("tries until it succeeds", async () => {
    const clock = fastClock()
    let attempts = 0
    const result = await retry(
      async () => {
        if (++attempts < 4) throw passing
        return "done"
      },
      options(clock, 10_000),
    )
    expect([result, attempts]).toEqual(["done", 4])
    expect(clock.waits).toEqual([100, 200, 400])
  })

  it("an error that stays is thrown at once", async () => {
    const final = new KafkaError("Y", "y.")
    const attempt = jest.fn(async () => {
      throw final
    })
    await expect(retry(attempt, options(fastClock(), 10_000))).rejects.toBe(final)
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  it("stops before the deadline and says how often it tried", async () => {
    const clock = fastClock()
    const attempt = async () => {
      throw passing
    }
    await expect(retry(attempt, options(clock, 1000))).rejects.toThrow(/Gave up after 4 attempts/)
    expect(clock.monotonicMs()).toBeLessThanOrEqual(1000)
  })

  it("stops when the client closes", async () => {
    const closing = new AbortController()
    const attempt = jest.fn(async () => {
      closing.abort()
      throw passing
    })
    await expect(retry(attempt, options(fastClock(), 10_000, closing.signal))).rejects.toBe(passing)
    expect(attempt).toHaveBeenCalledTimes(1)
  })
})
