/** What a producer knows of its traffic with each broker. */
import { asKafkaError, type KafkaError } from "../errors.ts"
import type { Cluster } from "../net/cluster.ts"

/** The traffic with one broker. */
export interface BrokerTraffic {
  /** Requests without an answer. */
  inFlight: number
  isConnecting: boolean
  /** Failed connection attempts in a row. */
  failures: number
  /** Monotonic instant before which nothing is sent: back-off, or the broker asked for it. */
  resumeAt: number
}

/** The traffic with all brokers. */
export class TrafficTable {
  readonly #cluster: Cluster
  readonly #brokers = new Map<number, BrokerTraffic>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  of(nodeId: number): BrokerTraffic {
    let traffic = this.#brokers.get(nodeId)
    if (traffic === undefined) {
      traffic = { inFlight: 0, isConnecting: false, failures: 0, resumeAt: 0 }
      this.#brokers.set(nodeId, traffic)
    }
    return traffic
  }

  /** Connects; resolves with what failed, after which the next attempt has to wait. */
  async connect(nodeId: number): Promise<KafkaError | undefined> {
    const traffic = this.of(nodeId)
    traffic.isConnecting = true
    try {
      await this.#cluster.connection(nodeId, "main")
      traffic.failures = 0
      return undefined
    } catch (cause) {
      traffic.failures++
      const waitMs = this.#cluster.backoffMs(traffic.failures)
      traffic.resumeAt = this.#cluster.clock.monotonicMs() + waitMs
      return asKafkaError(cause, "CONNECTION_FAILED", "Cannot connect")
    } finally {
      traffic.isConnecting = false
    }
  }
}
