/** Metrics and their text. */
import { Histogram, MAX_SERIES, Metrics } from "../../broker/metrics.ts"

describe("metrics", () => {
  it("are printed in Prometheus' format", () => {
    const metrics = new Metrics()
    const requests = metrics.counter("requests_total", "Requests\nby API.", { api: "Fetch" })
    requests.add()
    requests.add(2)
    metrics.counter("requests_total", "Requests\nby API.", { api: 'a"b\\c\n' }).add()
    metrics.gauge("connections", "Open connections.").set(7)
    metrics.observe(
      { name: "up", help: "One.", type: "gauge", labels: { b: "2", a: "1" } },
      () => 1,
    )
    const seconds = metrics.histogram("seconds", "How long.", { bounds: [0.1, 1] })
    for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value)
    expect(metrics.format()).toBe(
      [
        "# HELP requests_total Requests\\nby API.",
        "# TYPE requests_total counter",
        'requests_total{api="Fetch"} 3',
        'requests_total{api="a\\"b\\\\c\\n"} 1',
        "# HELP connections Open connections.",
        "# TYPE connections gauge",
        "connections 7",
        "# HELP up One.",
        "# TYPE up gauge",
        'up{a="1",b="2"} 1',
        "# HELP seconds How long.",
        "# TYPE seconds histogram",
        'seconds_bucket{le="0.1"} 2',
        'seconds_bucket{le="1"} 3',
        'seconds_bucket{le="+Inf"} 4',
        `seconds_sum ${0.05 + 0.1 + 0.5 + 3}`,
        "seconds_count 4",
        "",
      ].join("\n"),
    )
  })

  it("asked for twice is the same one, whatever the order of its labels", () => {
    const metrics = new Metrics()
    const first = metrics.counter("a_total", "A.", { x: "1", y: "2" })
    expect(metrics.counter("a_total", "A.", { y: "2", x: "1" })).toBe(first)
    expect(metrics.counter("a_total", "A.")).not.toBe(first)
  })

  it("of one name are of one type, and names are legal", () => {
    const metrics = new Metrics()
    metrics.counter("a_total", "A.")
    expect(() => metrics.gauge("a_total", "A.")).toThrow("is a counter")
    expect(() => metrics.gauge("a b", "A.")).toThrow("not a name")
  })

  it("with too many labels share one series", () => {
    const metrics = new Metrics()
    for (let index = 0; index < MAX_SERIES + 500; index++)
      metrics.counter("a_total", "A.", { client: String(index) }).add()
    const lines = metrics.format().split("\n")
    expect(lines.filter((line) => line.startsWith("a_total{"))).toHaveLength(MAX_SERIES + 1)
    expect(lines).toContain('a_total{client="other"} 500')
  })

  it("a histogram counts everything once", () => {
    const histogram = new Histogram([1, 2])
    for (const value of [0, 1, 1.5, 2, 2.5]) histogram.observe(value)
    expect([...histogram.counts]).toEqual([2, 2, 1])
    expect(histogram.count).toBe(5)
  })
})
