/**
 * The broker's config: a value for every option of the table in broker-options.ts. Where settings
 * come from is config-file.ts; what topics may set for themselves is topic-config.ts.
 *
 * Unknown names and values that are not allowed stop the start: a broker that silently runs without
 * the setting somebody wrote down is worse than one that does not run.
 */
import type { TransportOptions } from "../native/os.ts"
import { type BrokerOptionName, brokerOptions } from "./broker-options.ts"
import { nearestName, type Option, textOf, type ValueOf } from "./options.ts"

/** A value for every option. */
export type BrokerConfig = {
  readonly [Name in BrokerOptionName]: ValueOf<(typeof brokerOptions)[Name]>
}

/** Other names Kafka has for options of the table. */
const aliases: Readonly<Record<string, BrokerOptionName>> = {
  "broker.id": "node.id",
  "log.dir": "log.dirs",
}

/** One setting, with the place it was written at. */
export interface Setting {
  readonly key: string
  /** Text, or a value of the option's type. */
  readonly value: unknown
  /** Where it stands, for messages: "server.properties line 12", "--set". */
  readonly place: string
}

/** A config, or everything that is wrong with what was set. */
export type ConfigResult =
  | { readonly ok: true; readonly config: BrokerConfig }
  | { readonly ok: false; readonly errors: string[] }

/** The config when nothing is set. */
export function defaultConfig(): BrokerConfig {
  const entries = Object.entries(brokerOptions).map(([name, option]) => [name, option.default])
  return Object.fromEntries(entries) as BrokerConfig
}

/** Settings out of an object, such as the `config` an embedding program passes. */
export function settingsOf(values: Readonly<Record<string, unknown>>, place: string): Setting[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value, place }],
  )
}

/** Puts settings over the defaults, later ones over earlier ones. All errors are told at once. */
export function parseConfig(settings: Iterable<Setting>): ConfigResult {
  const values: Record<string, unknown> = { ...defaultConfig() }
  const errors: string[] = []
  for (const setting of settings) {
    const name = aliases[setting.key] ?? setting.key
    const option = findOption(name)
    if (option === undefined) {
      errors.push(`${setting.place}: ${unknownOption(setting.key)}`)
      continue
    }
    const parsed = parseValue(option, setting.value)
    if (parsed === undefined) {
      const given = textOf(setting.value) ?? JSON.stringify(setting.value)
      errors.push(`${setting.place}: ${setting.key}=${given} is not allowed: ${option.allowed}`)
    } else values[name] = parsed
  }
  const config = values as BrokerConfig
  if (errors.length === 0) errors.push(...contradictions(config))
  return errors.length === 0 ? { ok: true, config } : { ok: false, errors }
}

/** The option with this name, if there is one. */
export function findOption(name: string): Option | undefined {
  return Object.hasOwn(brokerOptions, name)
    ? (brokerOptions as Record<string, Option>)[name]
    : undefined
}

/** The value of what somebody gave for an option; undefined when it is not allowed. */
export function parseValue(option: Option, given: unknown): unknown {
  const asText = textOf(given)
  if (asText === null) return option.isNullable ? null : undefined
  if (asText === undefined) return undefined
  return option.isNullable && asText.trim() === "" ? null : option.parse(asText)
}

/** How options of Apache Kafka start that are for parts which do not exist here. */
const partsOfKafkaOnly = [
  "process.roles",
  "zookeeper.",
  "controller.",
  "inter.broker.",
  "replica.",
  "remote.log.",
  "share.",
  "num.network.",
  "num.io.",
  "num.replica.",
  "num.recovery.",
  "background.threads",
  "metadata.",
  "socket.",
  "log.",
  "transaction.",
  "transactional.",
  "offsets.",
  "group.",
  "quota.",
  "ssl.",
  "sasl.",
  "listener.",
  "authorizer.",
  "super.users",
  "security.",
  "metric",
  "auto.",
  "leader.",
  "delegation.",
  "broker.",
  "queued.",
  "connections.",
]

function unknownOption(key: string): string {
  const nearest = nearestName(key, [...Object.keys(brokerOptions), ...Object.keys(aliases)])
  if (nearest !== undefined) return `there is no option ${key}; the nearest is ${nearest}`
  if (partsOfKafkaOnly.some((start) => key.startsWith(start)))
    return `${key} is an option of Apache Kafka that has no meaning here: remove it`
  return `there is no option ${key}`
}

/** What single values cannot tell: options that do not go together. */
function contradictions(config: BrokerConfig): string[] {
  const errors: string[] = []
  const [shortest, longest] = [
    "group.min.session.timeout.ms",
    "group.max.session.timeout.ms",
  ] as const
  if (config[shortest] > config[longest]) errors.push(`${shortest} is larger than ${longest}`)
  if (config.listeners.length > 1)
    errors.push(`listeners: one address is served, not ${config.listeners.length}`)
  if (config["message.max.bytes"] > config["socket.request.max.bytes"])
    errors.push("message.max.bytes is larger than socket.request.max.bytes: nobody could send it")
  if (config["num.partitions"] > config["max.partitions.per.topic"])
    errors.push("num.partitions is larger than max.partitions.per.topic")
  return errors
}

/** The part of the config that the transport is made with. */
export function transportOptions(config: BrokerConfig): Partial<TransportOptions> {
  return {
    maxFrameBytes: config["socket.request.max.bytes"],
    maxRequestMemoryBytes: config["queued.max.request.bytes"],
    maxConnections: config["max.connections"],
    frameTimeoutMs: config["frame.timeout.ms"],
    idleTimeoutMs: config["connections.max.idle.ms"],
    sendTimeoutMs: config["send.timeout.ms"],
    congestionControl: config["congestion.control"],
  }
}

export { type BrokerOptionName, brokerOptions } from "./broker-options.ts"
