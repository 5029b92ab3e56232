/**
 * What a broker shows of itself at `status.listen`: its counters as metrics, and whether it is
 * healthy, which it is while no log of its is offline.
 */
import type { TransportCounters } from "../native/os.ts"
import type { BrokerConfig } from "./config.ts"
import { parseListener } from "./listeners.ts"
import { Metrics } from "./metrics.ts"
import type { Health } from "./status.ts"
import type { Topic } from "./topics/topic.ts"

/** What a broker says of itself while it runs. */
export interface BrokerStats {
  readonly transport: TransportCounters
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number }
  readonly topicCount: number
  readonly partitionCount: number
  readonly parkedFetchCount: number
  readonly fetchSessionCount: number
}

/** A metric that is read off the stats. */
type Reading = readonly [
  name: string,
  type: "counter" | "gauge",
  help: string,
  read: (stats: BrokerStats) => number,
]

const readings: readonly Reading[] = [
  ["connections", "gauge", "Open connections.", (s) => s.transport.openConnections],
  [
    "accepted_connections_total",
    "counter",
    "Connections accepted since the start.",
    (s) => s.transport.acceptedConnections,
  ],
  ["received_bytes_total", "counter", "Bytes received.", (s) => s.transport.receivedBytes],
  ["copied_bytes_total", "counter", "Bytes sent out of memory.", (s) => s.transport.copiedBytes],
  [
    "sendfile_bytes_total",
    "counter",
    "Bytes of logs sent by sendfile.",
    (s) => s.transport.sendfileBytes,
  ],
  [
    "copied_file_bytes_total",
    "counter",
    "Bytes of logs read into memory to be sent.",
    (s) => s.transport.copiedFileBytes,
  ],
  [
    "cold_bytes_total",
    "counter",
    "Bytes of logs that had to be brought into memory first.",
    (s) => s.transport.coldBytes,
  ],
  ["topics", "gauge", "Topics.", (s) => s.topicCount],
  ["partitions", "gauge", "Partitions of all topics.", (s) => s.partitionCount],
  ["parked_fetches", "gauge", "Fetches that wait for records.", (s) => s.parkedFetchCount],
  ["fetch_sessions", "gauge", "Incremental fetch sessions.", (s) => s.fetchSessionCount],
  ["resident_bytes", "gauge", "Memory of the process.", (s) => s.memory.rssBytes],
  ["heap_used_bytes", "gauge", "JavaScript heap in use.", (s) => s.memory.heapUsedBytes],
]

/** The counters as they are now. Houses may read theirs through getters, which a spread
 *  leaves out. */
export function snapshotOf(counters: TransportCounters): TransportCounters {
  const { openConnections, acceptedConnections, receivedBytes, copiedBytes } = counters
  const { sendfileBytes, copiedFileBytes, coldBytes } = counters
  return {
    ...{ openConnections, acceptedConnections, receivedBytes, copiedBytes },
    ...{ sendfileBytes, copiedFileBytes, coldBytes },
  }
}

/** Metrics of a broker, read when they are asked for. */
export function brokerMetrics(stats: () => BrokerStats): Metrics {
  const metrics = new Metrics()
  for (const [name, type, help, read] of readings)
    metrics.observe({ name: `millrace_${name}`, type, help }, () => read(stats()))
  return metrics
}

/** Whether all logs take appends; the first few that do not are named. */
export function healthOf(topics: Iterable<Topic>): Health {
  const offline: string[] = []
  let partitionCount = 0
  for (const topic of topics) {
    for (const { index, log } of topic.partitions) {
      partitionCount++
      if (log.isOffline) offline.push(`${topic.name}-${index}`)
    }
  }
  const details = { partitionCount, offlineCount: offline.length, offline: offline.slice(0, 10) }
  return { isHealthy: offline.length === 0, details }
}

/** What `openStatus` needs of a broker. */
export interface StatusSource {
  readonly config: BrokerConfig
  stats(): BrokerStats
  topics(): Iterable<Topic>
}

/** Starts the status server where `status.listen` asks for one; how to close it. */
export async function openStatus(
  source: StatusSource,
): Promise<
  | { readonly ok: true; readonly port: number | undefined; close(): Promise<void> }
  | { readonly ok: false; readonly message: string }
> {
  const address = source.config["status.listen"]
  if (address === "") return { ok: true, port: undefined, close: async () => {} }
  // Loaded only where wanted: the HTTP module costs milliseconds and megabytes at start.
  const { StatusServer } = await import("./status.ts")
  const { host, port } = parseListener(address)!
  const metrics = brokerMetrics(() => source.stats())
  const opened = await StatusServer.open({
    ...{ host, port },
    metrics: () => metrics.format(),
    health: () => healthOf(source.topics()),
  })
  if (!opened.ok) return opened
  const { status } = opened
  return { ok: true, port: status.port, close: () => status.close() }
}
