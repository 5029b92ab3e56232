/**
 * What a topic may set for itself, and what holds where it does not: each option names the broker
 * options it falls back to, most important first, with the factor between their units.
 */
import type { LogConfig } from "../storage/log-config.ts"
import { type BrokerConfig, type BrokerOptionName, brokerOptions, parseValue } from "./config.ts"
import {
  choice,
  FOREVER,
  formatValue,
  int,
  list,
  long,
  nearestName,
  type Option,
} from "./options.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A broker option that gives the value of a topic option which is not set. */
export interface Synonym {
  readonly name: BrokerOptionName
  /** The topic's value is the broker's times this. */
  readonly scale: number
}

/** An option of a topic and what it falls back to. */
export interface TopicOption {
  readonly option: Option
  readonly synonyms: readonly Synonym[]
}

/** The same option under the broker's name. */
function inherited(name: BrokerOptionName, ...others: [BrokerOptionName, number][]): TopicOption {
  const option: Option = brokerOptions[name]
  const defaulted = others.at(-1)
  return {
    option: defaulted === undefined ? option : plain(option, defaulted),
    synonyms: [{ name, scale: 1 }, ...others.map(([name, scale]) => ({ name, scale }))],
  }
}

/** A topic's value is never unset: the default is that of the last synonym. */
function plain(option: Option, [name, scale]: [BrokerOptionName, number]): Option {
  return { ...option, isNullable: false, default: Number(brokerOptions[name].default) * scale }
}

function own(option: Option): TopicOption {
  return { option, synonyms: [] }
}

const throttledReplicas = own(
  list({
    default: [],
    isEmptyAllowed: true,
    allowed: "* or PARTITION:BROKER, separated by commas",
    check: (entry) => entry === "*" || /^\d+:\d+$/.test(entry),
    doc: "Without meaning for a single broker; accepted because tools set it.",
  }),
)

function level(min: number, max: number, byDefault: number): TopicOption {
  const doc = "Without meaning while compression.type is producer."
  return own(int({ default: byDefault, min, max, doc }))
}

/** Every option a topic may set. */
export const topicOptions: Readonly<Record<string, TopicOption>> = {
  "cleanup.policy": inherited("log.cleanup.policy"),
  "compression.gzip.level": own(
    int({
      default: -1,
      min: 1,
      max: 9,
      except: -1,
      doc: "Without meaning while compression.type is producer.",
    }),
  ),
  "compression.lz4.level": level(1, 17, 9),
  "compression.type": inherited("compression.type"),
  "compression.zstd.level": level(-131_072, 22, 3),
  "delete.retention.ms": inherited("log.cleaner.delete.retention.ms"),
  "file.delete.delay.ms": inherited("log.segment.delete.delay.ms"),
  "flush.messages": inherited("log.flush.interval.messages"),
  "flush.ms": {
    option: long({ default: FOREVER, min: 0, doc: brokerOptions["log.flush.interval.ms"].doc }),
    synonyms: [{ name: "log.flush.interval.ms", scale: 1 }],
  },
  "follower.replication.throttled.replicas": throttledReplicas,
  "index.interval.bytes": inherited("log.index.interval.bytes"),
  "leader.replication.throttled.replicas": throttledReplicas,
  "max.compaction.lag.ms": inherited("log.cleaner.max.compaction.lag.ms"),
  "max.message.bytes": inherited("message.max.bytes"),
  "message.timestamp.after.max.ms": inherited("log.message.timestamp.after.max.ms"),
  "message.timestamp.before.max.ms": inherited("log.message.timestamp.before.max.ms"),
  "message.timestamp.type": inherited("log.message.timestamp.type"),
  "millrace.durability": inherited("durability"),
  "min.cleanable.dirty.ratio": inherited("log.cleaner.min.cleanable.ratio"),
  "min.compaction.lag.ms": inherited("log.cleaner.min.compaction.lag.ms"),
  "min.insync.replicas": inherited("min.insync.replicas"),
  preallocate: inherited("log.preallocate"),
  "remote.storage.enable": own(
    choice({ values: ["false"], default: "false", doc: "There is no tiered storage." }),
  ),
  "retention.bytes": inherited("log.retention.bytes"),
  "retention.ms": inherited(
    "log.retention.ms",
    ["log.retention.minutes", MINUTE_MS],
    ["log.retention.hours", HOUR_MS],
  ),
  "segment.bytes": inherited("log.segment.bytes"),
  "segment.index.bytes": inherited("log.index.size.max.bytes"),
  "segment.jitter.ms": inherited("log.roll.jitter.ms", ["log.roll.jitter.hours", HOUR_MS]),
  "segment.ms": inherited("log.roll.ms", ["log.roll.hours", HOUR_MS]),
  "unclean.leader.election.enable": inherited("unclean.leader.election.enable"),
}

/** Configs set for one topic, as texts. */
export type TopicOverrides = ReadonlyMap<string, string>

/** The option of this name, if topics have it. */
export function findTopicOption(name: string): TopicOption | undefined {
  return Object.hasOwn(topicOptions, name) ? topicOptions[name] : undefined
}

/** What is wrong with configs for a topic, in words for the client; undefined when nothing is. */
export function topicConfigProblem(
  overrides: Iterable<readonly [string, string | null]>,
): string | undefined {
  for (const [name, value] of overrides) {
    const found = findTopicOption(name)
    if (found === undefined) return unknownTopicOption(name)
    if (value === null) return `Null value not supported for topic configs: ${name}`
    if (parseValue(found.option, value) === undefined)
      return `Invalid value ${value} for configuration ${name}: must be ${found.option.allowed}`
  }
  return undefined
}

function unknownTopicOption(name: string): string {
  const nearest = nearestName(name, Object.keys(topicOptions))
  return `Unknown topic config name: ${name}${nearest ? `; the nearest is ${nearest}` : ""}`
}

/** What holds for an option of a topic: its own value, or the broker's, or the default. */
export function topicValue(
  name: string,
  broker: BrokerConfig,
  overrides: TopicOverrides | undefined,
): unknown {
  const { option, synonyms } = topicOptions[name]!
  const set = overrides?.get(name)
  const own = set === undefined ? undefined : parseValue(option, set)
  if (own !== undefined) return own
  for (const synonym of synonyms) {
    const value = synonymValue(synonym, broker)
    if (value !== null) return value
  }
  return option.default
}

/** The broker's value in the topic's unit; null when it is not set. */
export function synonymValue({ name, scale }: Synonym, broker: BrokerConfig): unknown {
  const value = broker[name]
  return typeof value === "number" && scale !== 1 && value >= 0 ? value * scale : value
}

/** What a log of a topic with these overrides is opened with. */
export function toLogConfig(broker: BrokerConfig, overrides?: TopicOverrides): LogConfig {
  const of = <T>(name: string) => topicValue(name, broker, overrides) as T
  return {
    segmentBytes: of("segment.bytes"),
    segmentMs: of("segment.ms"),
    segmentJitterMs: of("segment.jitter.ms"),
    indexIntervalBytes: of("index.interval.bytes"),
    indexMaxBytes: of("segment.index.bytes"),
    maxMessageBytes: of("max.message.bytes"),
    retentionMs: of("retention.ms"),
    retentionBytes: of("retention.bytes"),
    timestampType: of("message.timestamp.type"),
    timestampBeforeMaxMs: of("message.timestamp.before.max.ms"),
    timestampAfterMaxMs: of("message.timestamp.after.max.ms"),
    cleanupPolicy: of("cleanup.policy"),
    durability: of("millrace.durability"),
    fileDeleteDelayMs: of("file.delete.delay.ms"),
    flushMessages: of("flush.messages"),
    flushMs: of("flush.ms"),
    preallocate: of("preallocate"),
    producerIdExpirationMs: broker["producer.id.expiration.ms"],
  }
}

/** The text of what holds for an option of a topic. */
export function topicText(
  name: string,
  broker: BrokerConfig,
  overrides?: TopicOverrides,
): string | null {
  return formatValue(topicValue(name, broker, overrides))
}
