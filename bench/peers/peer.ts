/** What a benchmark needs of a broker, whoever made it. */

/** How to start it. */
export interface StartBrokerOptions {
  /** 0 lets the system choose, where the broker can. */
  readonly port: number
  /** Where its data directory is made; the system's temporary directory when left out. */
  readonly directory?: string
  /** Broker options by Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A broker that answers. */
export interface RunningBroker {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** From starting the process to its first answer. */
  readonly readyMs: number
  /** Ends it and removes its data. */
  stop(): Promise<void>
}
