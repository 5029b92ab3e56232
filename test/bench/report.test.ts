/** The report of a benchmark: medians, ratios in the right direction, a chart that is XML. */
import { advantage, drawChart, formatReport, summarize } from "../../bench/report.ts"

const figure = (broker: string, value: number, better: "more" | "less" = "more") => {
  return { broker, work: "produce", measure: better, unit: "x", better, value }
}

describe("report", () => {
  it("takes the median of the runs and keeps their range", () => {
    const [row] = summarize([figure("a", 3), figure("a", 1), figure("a", 2)])
    expect(row!.brokers.get("a")).toEqual({ median: 2, least: 1, most: 3 })
  })

  it("a ratio above 1 is better, whichever direction is good", () => {
    const [more] = summarize([figure("a", 4), figure("b", 2)])
    const [less] = summarize([figure("a", 4, "less"), figure("b", 2, "less")])
    expect([advantage(more!, "a", "b"), advantage(less!, "a", "b")]).toEqual([2, 0.5])
    expect(advantage(more!, "a", "missing")).toBeUndefined()
  })

  it("prints a column for each broker and one for the ratio", () => {
    const lines = formatReport(summarize([figure("a", 4000), figure("b", 2)]), ["a", "b"])
    expect(lines[0]).toMatch(/^WORK +MEASURE +A +B +BETTER THAN B$/)
    expect(lines[1]).toMatch(/^produce +more x +4,000 +2 +2,000x$/)
  })

  it("draws a bar for every row with a ratio and escapes its text", () => {
    const rows = summarize([
      { ...figure("a", 4), work: "<1 & 2>" },
      { ...figure("b", 2), work: "<1 & 2>" },
    ])
    const chart = drawChart(rows, "a", "b")
    expect(chart).toContain("&lt;1 &amp; 2&gt;")
    expect(chart.match(/<rect/g)).toHaveLength(2)
  })
})
