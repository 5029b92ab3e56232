/** Several streams of records as one, in the order of their timestamps. */

interface Timed {
  readonly timestamp: number
}

/**
 * Yields the records of all streams, always the one with the smallest timestamp of those that come
 * next. Each stream keeps its own order, also where its timestamps do not ascend.
 */
export async function* mergeByTime<T extends Timed>(
  streams: readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  try {
    const begin = async (stream: AsyncGenerator<T>) => ({ stream, next: await stream.next() })
    const heads = await Promise.all(streams.map(begin))
    for (;;) {
      let first: (typeof heads)[number] | undefined
      for (const head of heads) {
        if (head.next.done) continue
        if (first === undefined || head.next.value.timestamp < first.next.value.timestamp)
          first = head
      }
      if (first === undefined || first.next.done) return
      yield first.next.value
      first.next = await first.stream.next()
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return(undefined)))
  }
}
