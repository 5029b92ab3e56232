/**
 * Counters, gauges and histograms of one broker, printed in Prometheus' text format.
 *
 * 1. Counting is one addition on a number field: made for the hot path, where names and labels are
 *    looked up once, when the metric is made.
 * 2. Gauges may be functions that are asked when the text is made, so that nothing has to be kept
 *    up to date for nobody.
 * 3. A metric has at most MAX_SERIES combinations of labels: the ones beyond it share a last
 *    series, so that clients cannot grow the table with names of their own.
 */

/** Most combinations of label values of one metric. */
export const MAX_SERIES = 1000
const OVERFLOW = "other"

/** Values of labels, by label name. */
export type Labels = Readonly<Record<string, string>>

/** Only ever grows. */
export class Counter {
  value = 0
  add(count = 1): void {
    this.value += count
  }
}

/** Goes up and down. */
export class Gauge {
  value = 0
  set(value: number): void {
    this.value = value
  }
  add(count: number): void {
    this.value += count
  }
}

/** Counts observations by size. */
export class Histogram {
  /** Upper bounds, ascending; a last bucket without bound is implied. */
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++
    this.counts[bucket]!++
    this.sum += value
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0)
  }
}

/** Bounds for durations in seconds, from 50 microseconds to 10 seconds. */
export const durationBounds: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10,
]

type Instrument = Counter | Gauge | Histogram | (() => number)

interface Metric {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge" | "histogram"
  /** By the text of their labels. */
  readonly series: Map<string, Instrument>
}

const NAME = /^[a-z][a-z0-9_]*$/

/** All metrics of a broker. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>()

  /** The counter with this name and these labels; by convention the name ends in `_total`. */
  counter(name: string, help: string, labels: Labels = {}): Counter {
    return this.#instrument({ name, help, type: "counter" }, labels, () => new Counter())
  }

  /** The gauge with this name and these labels. */
  gauge(name: string, help: string, labels: Labels = {}): Gauge {
    return this.#instrument({ name, help, type: "gauge" }, labels, () => new Gauge())
  }

  /** A value that is asked for when the text is made. */
  observe(
    metric: { name: string; help: string; type: "counter" | "gauge"; labels?: Labels },
    read: () => number,
  ): void {
    this.#instrument<() => number>(metric, metric.labels ?? {}, () => read)
  }

  /** The histogram with this name and these labels. */
  histogram(
    name: string,
    help: string,
    options: { bounds?: readonly number[]; labels?: Labels } = {},
  ): Histogram {
    const { bounds = durationBounds, labels = {} } = options
    return this.#instrument({ name, help, type: "histogram" }, labels, () => new Histogram(bounds))
  }

  #instrument<T extends Instrument>(
    { name, help, type }: Omit<Metric, "series">,
    labels: Labels,
    make: () => T,
  ): T {
    let metric = this.#metrics.get(name)
    if (metric === undefined) {
      if (!NAME.test(name)) throw new TypeError(`not a name of a metric: ${name}`)
      metric = { name, help, type, series: new Map() }
      this.#metrics.set(name, metric)
    }
    if (metric.type !== type) throw new TypeError(`${name} is a ${metric.type}, not a ${type}`)
    let key = formatLabels(labels)
    if (!metric.series.has(key) && metric.series.size >= MAX_SERIES)
      key = formatLabels(mapValues(labels, () => OVERFLOW))
    const known = metric.series.get(key)
    if (known !== undefined) return known as T
    const made = make()
    metric.series.set(key, made)
    return made
  }

  /** Everything in Prometheus' text format, version 0.0.4. */
  format(): string {
    const lines: string[] = []
    for (const { name, help, type, series } of this.#metrics.values()) {
      lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`)
      for (const [labels, instrument] of series)
        lines.push(...formatSeries(name, labels, instrument))
    }
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`
  }
}

function formatSeries(name: string, labels: string, instrument: Instrument): string[] {
  if (typeof instrument === "function") return [`${name}${braced(labels)} ${instrument()}`]
  if (!(instrument instanceof Histogram)) return [`${name}${braced(labels)} ${instrument.value}`]
  const lines: string[] = []
  let total = 0
  instrument.counts.forEach((count, bucket) => {
    total += count
    const bound = instrument.bounds[bucket] ?? "+Inf"
    const both = labels === "" ? `le="${bound}"` : `${labels},le="${bound}"`
    lines.push(`${name}_bucket{${both}} ${total}`)
  })
  lines.push(`${name}_sum${braced(labels)} ${instrument.sum}`)
  lines.push(`${name}_count${braced(labels)} ${total}`)
  return lines
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`
}

function formatLabels(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((label) => `${label}="${escapeLabel(labels[label]!)}"`)
    .join(",")
}

function mapValues(labels: Labels, change: (value: string) => string): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, change(value)]))
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
