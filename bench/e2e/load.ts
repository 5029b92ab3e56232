/** The loads that brokers are put under: produce as fast as the answers come, and catch up. */
import { RawConnection } from "./raw-connection.ts"
import {
  advance,
  type Batch,
  encodeFetchFrame,
  encodeProduceFrame,
  produceErrorAt,
} from "./wire.ts"

/** What came out of a produce load. */
export interface ProduceResult {
  readonly seconds: number
  readonly requests: number
  readonly records: number
  readonly payloadBytes: number
}

/** How a produce load is shaped. */
export interface ProduceLoad {
  readonly topic: string
  readonly partitions: number
  readonly batch: Batch
  readonly connections: number
  /** Requests that each connection keeps in flight. */
  readonly inFlight: number
  /** Requests over all connections. */
  readonly requests: number
  readonly acks: number
}

/** Sends batches as fast as the answers come. */
export async function runProduce(port: number, load: ProduceLoad): Promise<ProduceResult> {
  const { topic, partitions, batch, connections, inFlight, acks } = load
  const frames = Array.from({ length: partitions }, (_, partition) =>
    encodeProduceFrame(topic, partition, acks, batch.bytes),
  )
  const errorAt = produceErrorAt(topic)
  const share = Math.ceil(load.requests / connections)
  const open: RawConnection[] = []
  const startedAt = performance.now()
  try {
    const runs = Array.from({ length: connections }, async () => {
      let sent = 0
      let answered = 0
      let finish: () => void = () => {}
      const done = new Promise<void>((resolve) => {
        finish = resolve
      })
      let freed = 0
      const sendMore = () => {
        const count = Math.min(freed, share - sent)
        freed = 0
        if (count <= 0) return
        const group = Array.from({ length: count }, () => frames[sent++ % partitions]!)
        connection.send(count === 1 ? group[0]! : Buffer.concat(group))
      }
      const connection = await RawConnection.open(port, (bytes, start) => {
        const error = bytes.readInt16BE(start + errorAt)
        if (error !== 0) throw new Error(`produce was answered with error ${error}`)
        answered++
        if (++freed === 1) queueMicrotask(sendMore)
        if (answered === share) finish()
      })
      open.push(connection)
      freed = inFlight
      sendMore()
      await Promise.race([done, connection.failed])
    })
    await Promise.all(runs)
  } finally {
    for (const connection of open) connection.close()
  }
  const requests = share * connections
  return {
    seconds: (performance.now() - startedAt) / 1000,
    requests,
    records: requests * batch.recordCount,
    payloadBytes: requests * batch.payloadBytes,
  }
}

/** How a catch-up load is shaped. */
export interface FetchLoad {
  readonly topic: string
  readonly partitions: number
  readonly partitionMaxBytes: number
}

/** Reads a topic from its beginning until a fetch brings nothing, one fetch in flight. */
export async function runFetch(
  port: number,
  load: FetchLoad,
): Promise<{ seconds: number; bytes: number }> {
  const positions = Array.from({ length: load.partitions }, (_, partition) => ({
    partition,
    offset: 0,
  }))
  let bytes = 0
  let finish: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  let lastAt = performance.now()
  const connection = await RawConnection.open(port, (reply, start) => {
    const got = advance(reply, start, positions).length
    if (got === 0) return finish()
    bytes += got
    lastAt = performance.now()
    connection.send(encodeFetchFrame(load.topic, positions, load.partitionMaxBytes))
  })
  const startedAt = performance.now()
  connection.send(encodeFetchFrame(load.topic, positions, load.partitionMaxBytes))
  try {
    await Promise.race([done, connection.failed])
  } finally {
    connection.close()
  }
  return { seconds: (lastAt - startedAt) / 1000, bytes }
}
