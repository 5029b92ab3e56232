/**
 * Builds every part of a broker in order, and closes them in reverse. The only place that wires.
 *
 *   config -> os -> logs -> whose directory -> metadata -> catalog -> groups -> handlers -> server
 *
 * 1. The listener opens last: whoever can connect is served.
 * 2. What has been opened when a later part fails is closed again before the error is thrown.
 */
import type { Os, OsName, Timer } from "../native/os.ts"
import type { Durability } from "../storage/log-config.ts"
import { LogManager } from "../storage/log-manager.ts"
import { createHandlers } from "./apis/index.ts"
import { type BrokerStats, openStatus, snapshotOf } from "./broker-metrics.ts"
import {
  type BrokerConfig,
  parseConfig,
  type Setting,
  settingsOf,
  transportOptions,
} from "./config.ts"
import { GroupCoordinator } from "./groups/coordinator.ts"
import { createIdentity, type Identity } from "./identity.ts"
import { keepAliveDuring } from "./keep-alive.ts"
import { formatAddress, type Listener, parseListener } from "./listeners.ts"
import { createLogger, type Logger, type LogLevel } from "./logger.ts"
import { openMetaProperties } from "./meta-properties.ts"
import { Purgatory } from "./purgatory.ts"
import { Router } from "./router.ts"
import { Server } from "./server/listener.ts"
import { listenFailure, SettingsError, StartError } from "./start-error.ts"
import { makeTemporaryDirectory, removeDirectory } from "./temporary-directory.ts"
import { TimerWheel } from "./timer-wheel.ts"
import { toLogConfig } from "./topic-config.ts"
import { Catalog } from "./topics/catalog.ts"
import { FetchSessions } from "./topics/fetch-session.ts"
import { MetadataLog } from "./topics/metadata-log.ts"
import type { Partition } from "./topics/partition.ts"
import { ProducerIds } from "./transactions/producer-ids.ts"

export type { BrokerStats } from "./broker-metrics.ts"

/** How long `close` waits for replies to leave. */
const CLOSE_DEADLINE_MS = 5000
const ALL_INTERFACES = "0.0.0.0"

/** How a broker is opened. Everything may be left out. */
export interface BrokerOptions {
  /** Address to serve, "host:port"; port 0 takes a free one. Default "127.0.0.1:0". */
  listen?: string
  /** Where the logs are kept. Default: a temporary directory, removed at close. */
  dataDir?: string
  /** What an acks=all answer promises. Default "fsync". */
  durability?: Durability
  /** How files and sockets are reached: a house by name, or one made by the caller. */
  os?: "auto" | "linux" | "portable" | Os
  /** Any other options, by Kafka's names. */
  config?: Partial<BrokerConfig>
  /** Least severe line written to standard error. Default "silent". */
  logLevel?: LogLevel
  /** Options as a command line or a file has them; they win over all others. */
  settings?: Iterable<Setting>
}

/** A running broker. */
export class Broker {
  readonly #parts: Parts
  readonly #listener: Listener
  #closing: Promise<void> | undefined

  private constructor(parts: Parts, listener: Listener) {
    this.#parts = parts
    this.#listener = listener
  }

  /** Opens a broker; resolves when it accepts connections. Throws `StartError`. */
  static open(options: BrokerOptions = {}): Promise<Broker> {
    return keepAliveDuring(Broker.#open(options))
  }

  static async #open(options: BrokerOptions): Promise<Broker> {
    const parts = new Parts()
    try {
      const listener = await assemble(parts, options)
      const broker = new Broker(parts, listener)
      await showStatus(parts, broker)
      return broker
    } catch (error) {
      // What failed first is what the user can do something about.
      await parts.close().catch((cause) => parts.log?.error({ error: cause }, "cannot close"))
      throw error
    }
  }

  /** The house that runs: "linux", "portable" or "simulated". */
  get os(): OsName {
    return this.#parts.os.name
  }

  get host(): string {
    return this.#listener.host
  }

  get port(): number {
    return this.#listener.port
  }

  /** What clients are given: "127.0.0.1:9092". */
  get bootstrapServers(): string {
    const host = this.host === ALL_INTERFACES ? "127.0.0.1" : this.host
    return formatAddress({ host, port: this.port })
  }

  get clusterId(): string {
    return this.#parts.identity.clusterId
  }

  /** The options in force. */
  get config(): BrokerConfig {
    return this.#parts.config
  }

  /** Counters since the start. */
  stats(): BrokerStats {
    const { server, catalog, purgatory, sessions } = this.#parts
    const { rss, heapUsed } = process.memoryUsage()
    return {
      transport: snapshotOf(server.transport.counters),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      topicCount: [...catalog.all()].length,
      partitionCount: catalog.partitionCount,
      parkedFetchCount: purgatory.count,
      fetchSessionCount: sessions.count,
    }
  }

  /** Answers what has been asked, puts everything on disk, lets go of the data directory. */
  close(): Promise<void> {
    this.#closing ??= keepAliveDuring(this.#parts.close())
    return this.#closing
  }
}

/** The parts of a broker, and how each is closed. */
class Parts {
  config!: BrokerConfig
  os!: Os
  log!: Logger
  identity!: Identity
  catalog!: Catalog
  purgatory!: Purgatory<Partition>
  sessions!: FetchSessions
  server!: Server
  readonly #closers: (() => void | Promise<void>)[] = []

  /** `close` undoes what has just been opened. */
  opened(close: () => void | Promise<void>): void {
    this.#closers.push(close)
  }

  async close(): Promise<void> {
    let failure: unknown
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close()
      } catch (error) {
        // The other parts are closed all the same: each may hold a lock or a socket.
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }
}

async function assemble(parts: Parts, options: BrokerOptions): Promise<Listener> {
  const config = (parts.config = readConfig(options))
  parts.log = createLogger({ level: config["log.level"] as LogLevel })
  await openHouse(parts, options)
  const directories = openDirectories(parts, options)
  const manager = openLogs(parts, directories)
  const advertised = config["advertised.listeners"][0]
  parts.identity = createIdentity({
    nodeId: config["node.id"],
    clusterId: openClusterId(parts, directories),
    rack: config["broker.rack"] || null,
    advertised: advertised === undefined ? undefined : parseListener(advertised),
  })
  const wheel = new TimerWheel(parts.os.clock)
  parts.opened(() => wheel.close())
  parts.purgatory = new Purgatory(parts.os.clock, wheel)
  parts.sessions = new FetchSessions(parts.os, config["max.incremental.fetch.session.cache.slots"])
  await openCatalog(parts, manager)
  const groups = openGroups(parts)
  startRetention(parts, manager)
  const handlers = createHandlers({
    ...parts,
    groups,
    wheel,
    producerIds: new ProducerIds(parts.catalog),
  })
  return listen(parts, new Router(handlers), groups)
}

function readConfig(options: BrokerOptions): BrokerConfig {
  const { listen, dataDir, durability, os, logLevel } = options
  const own = {
    listeners: listen ?? (options.config?.listeners === undefined ? "127.0.0.1:0" : undefined),
    "log.dirs": dataDir,
    durability,
    os: typeof os === "string" ? os : undefined,
    "log.level": logLevel ?? "silent",
  }
  const parsed = parseConfig([
    ...settingsOf(options.config ?? {}, "config"),
    ...settingsOf(own, "option"),
    ...(options.settings ?? []),
  ])
  if (!parsed.ok) throw new SettingsError(parsed.errors.join("; "))
  return parsed.config
}

async function openHouse(parts: Parts, { os }: BrokerOptions): Promise<void> {
  if (typeof os === "object") {
    parts.os = os
    return
  }
  const { openOs, osFallbackReason } = await import("../native/index.ts")
  const name = parts.config.os
  try {
    parts.os = openOs(name === "linux" || name === "portable" ? name : undefined)
  } catch (error) {
    throw new StartError(`cannot use os ${name}: ${(error as Error).message}`)
  }
  parts.opened(() => parts.os.close())
  const reason = name === "auto" ? osFallbackReason() : undefined
  if (reason !== undefined) parts.log.info({ reason }, "the portable house is used")
}

function openDirectories(parts: Parts, options: BrokerOptions): string[] {
  const settings = [...(options.settings ?? [])]
  const isNamed =
    options.dataDir !== undefined ||
    options.config?.["log.dirs"] !== undefined ||
    settings.some(({ key }) => key === "log.dirs" || key === "log.dir")
  if (isNamed) return [...parts.config["log.dirs"]]
  const directory = makeTemporaryDirectory(parts.os)
  parts.opened(() => removeDirectory(parts.os.files, directory))
  return [directory]
}

function openLogs(parts: Parts, directories: string[]): LogManager {
  const { os, log, config } = parts
  const opened = LogManager.open({
    os,
    directories,
    config: toLogConfig(config),
    log,
    onDirectoryOffline: (directory) => log.error({ directory }, "data directory is offline"),
  })
  if (!opened.ok) throw new StartError(opened.message)
  const { manager } = opened
  parts.opened(() => new Promise<void>((resolve) => manager.close(resolve)))
  return manager
}

function openClusterId({ os, config }: Parts, directories: string[]): string {
  const expected = { nodeId: config["node.id"], clusterId: config["cluster.id"] }
  const opened = openMetaProperties(os, directories, expected)
  if (!opened.ok) throw new StartError(opened.message)
  return opened.clusterId
}

async function openCatalog(parts: Parts, manager: LogManager): Promise<void> {
  const { os, log, config } = parts
  const logConfig = toLogConfig(config)
  const opened = MetadataLog.open(os, manager, {
    ...logConfig,
    cleanupPolicy: ["delete"],
    retentionMs: -1,
    retentionBytes: -1,
    durability: config.durability === "memory" ? "memory" : "fsync",
  })
  if (!opened.ok) throw new StartError(opened.message)
  parts.catalog = new Catalog({
    os,
    manager,
    metadata: opened.log,
    visibility: config.visibility === "appended" ? "appended" : "synced",
    logConfigOf: (overrides) => toLogConfig(config, overrides),
    limits: {
      perTopic: config["max.partitions.per.topic"],
      perBroker: config["max.partitions.per.broker"],
    },
    log,
    onAdvance: (partition) => parts.purgatory.wake(partition),
  })
  const loaded = await parts.catalog.load()
  if (!loaded.ok) throw new StartError(loaded.message)
}

function openGroups(parts: Parts): GroupCoordinator {
  const { os, catalog, log, config } = parts
  const groups = new GroupCoordinator({ os, catalog, log, options: groupOptions(config) })
  const opened = groups.open()
  if (!opened.ok) throw new StartError(opened.message)
  parts.opened(() => groups.close())
  return groups
}

const MINUTE_MS = 60_000

function groupOptions(config: BrokerConfig) {
  return {
    minSessionTimeoutMs: config["group.min.session.timeout.ms"],
    maxSessionTimeoutMs: config["group.max.session.timeout.ms"],
    initialRebalanceDelayMs: config["group.initial.rebalance.delay.ms"],
    maxSize: config["group.max.size"],
    offsetMetadataMaxBytes: config["offset.metadata.max.bytes"],
    partitionCount: config["offsets.topic.num.partitions"],
    segmentBytes: config["offsets.topic.segment.bytes"],
    offsetRetentionMs: config["offsets.retention.minutes"] * MINUTE_MS,
    retentionCheckIntervalMs: config["offsets.retention.check.interval.ms"],
  }
}

function startRetention(parts: Parts, manager: LogManager): void {
  const { clock } = parts.os
  let timer: Timer
  const schedule = () => {
    timer = clock.after(parts.config["log.retention.check.interval.ms"], () => {
      manager.enforceRetention(clock.nowMs())
      schedule()
    })
  }
  schedule()
  parts.opened(() => timer.cancel())
}

async function showStatus(parts: Parts, broker: Broker): Promise<void> {
  const { config, catalog, log } = parts
  const stats = () => broker.stats()
  const opened = await openStatus({ config, stats, topics: () => catalog.all() })
  if (!opened.ok) throw new StartError(opened.message)
  parts.opened(opened.close)
  if (opened.port !== undefined) log.info({ port: opened.port }, "status is served over HTTP")
}

async function listen(parts: Parts, router: Router, groups: GroupCoordinator): Promise<Listener> {
  const { os, log, config, purgatory } = parts
  const server = new Server({
    ...{ os, router, log },
    transport: transportOptions(config),
    onTurnEnd: () => purgatory.settle(),
  })
  parts.server = server
  const answerParked = () => {
    purgatory.expireAll()
    groups.close()
  }
  parts.opened(async () => {
    await server.drain(CLOSE_DEADLINE_MS, answerParked)
    await server.close()
  })
  const wanted = parseListener(config.listeners[0]!)!
  const host = wanted.host === "" ? ALL_INTERFACES : wanted.host
  const port = await server.listen(host, wanted.port)
  if (port < 0) throw new StartError(listenFailure({ host, port: wanted.port }, port))
  log.info({ host, port, os: os.name, clusterId: parts.identity.clusterId }, "broker is ready")
  return { host, port }
}
