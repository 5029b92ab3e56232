/**
 * Keeps the process alive while something is awaited. Timers of the house do not, by contract, and
 * neither does a socket that is not being read: a broker that drains could find its process gone.
 */

/** Holds the loop open until the promise settles. */
export async function keepAliveDuring<T>(promise: Promise<T>): Promise<T> {
  const { port1, port2 } = new MessageChannel()
  // A port with a listener is a handle of the loop.
  port1.on("message", () => undefined)
  try {
    return await promise
  } finally {
    port1.close()
    port2.close()
  }
}
