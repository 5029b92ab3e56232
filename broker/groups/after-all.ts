/**
 * Calls `run` once the function it returns has been called `count` times; at once when there is
 * nothing to wait for.
 */
export function afterAll(count: number, run: () => void): () => void {
  let left = count
  if (left === 0) run()
  return () => {
    left -= 1
    if (left === 0) run()
  }
}
