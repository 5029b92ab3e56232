/**
 * Configs as the wire describes them: name, value, where the value comes from, and what it would be
 * if that were not set ("synonyms", most important first).
 */
import { type BrokerConfig, type BrokerOptionName, brokerOptions } from "../config.ts"
import { formatValue, type Option, type OptionType } from "../options.ts"
import {
  findTopicOption,
  type Synonym,
  synonymValue,
  type TopicOverrides,
  topicOptions,
} from "../topic-config.ts"

/** Kinds of things that have configs. */
export const ResourceType = { TOPIC: 2, BROKER: 4 } as const

/** Where a value comes from. */
export const ConfigSource = { TOPIC: 1, STATIC_BROKER: 4, DEFAULT: 5 } as const

const typeIds: Readonly<Record<OptionType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
}

/** One config with its origin. */
export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly source: number
  readonly type: number
  readonly documentation: string
  readonly isReadOnly: boolean
  readonly synonyms: readonly ConfigSynonym[]
}

/** A value at one of the places it may be set at. */
export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

/** All configs of a topic with these overrides, by name. */
export function topicEntries(broker: BrokerConfig, overrides: TopicOverrides): ConfigEntry[] {
  return Object.keys(topicOptions).map((name) => topicEntry(name, broker, overrides))
}

function topicEntry(name: string, broker: BrokerConfig, overrides: TopicOverrides): ConfigEntry {
  const { option, synonyms } = findTopicOption(name)!
  const set = overrides.get(name)
  const places: ConfigSynonym[] = synonyms.flatMap((synonym) => brokerPlaces(synonym, broker))
  if (set !== undefined) places.unshift({ name, value: set, source: ConfigSource.TOPIC })
  const value = set ?? inheritedText(option, synonyms, broker)
  return entry(name, option, { value, isReadOnly: false, places })
}

/** What the broker's options give a topic, in the topic's unit. */
function inheritedText(option: Option, synonyms: readonly Synonym[], broker: BrokerConfig) {
  for (const synonym of synonyms) {
    const value = synonymValue(synonym, broker)
    if (value !== null) return formatValue(value)
  }
  return formatValue(option.default)
}

/** Where a broker option is set, in the broker's unit; nothing when it has no value at all. */
function brokerPlaces({ name }: { name: BrokerOptionName }, broker: BrokerConfig): ConfigSynonym[] {
  const value = formatValue(broker[name])
  const byDefault = formatValue(brokerOptions[name].default)
  const places: ConfigSynonym[] = []
  if (value !== byDefault && value !== null)
    places.push({ name, value, source: ConfigSource.STATIC_BROKER })
  if (byDefault !== null) places.push({ name, value: byDefault, source: ConfigSource.DEFAULT })
  return places
}

/** All configs of the broker, by name. None of them can be changed while it runs. */
export function brokerEntries(broker: BrokerConfig): ConfigEntry[] {
  const names = Object.keys(brokerOptions).sort() as BrokerOptionName[]
  return names.map((name) => {
    const places = brokerPlaces({ name }, broker)
    const value = formatValue(broker[name])
    return entry(name, brokerOptions[name], { value, isReadOnly: true, places })
  })
}

function entry(
  name: string,
  option: Option,
  found: { value: string | null; isReadOnly: boolean; places: readonly ConfigSynonym[] },
): ConfigEntry {
  return {
    name,
    value: found.value,
    source: found.places[0]?.source ?? ConfigSource.DEFAULT,
    type: typeIds[option.type],
    documentation: option.doc,
    isReadOnly: found.isReadOnly,
    synonyms: found.places,
  }
}
