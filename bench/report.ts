/** The results of a benchmark as a table with ratios, as JSON, and as an SVG chart. */
import { formatTable } from "../cli/table.ts"
import { median } from "./process-stats.ts"

/** One figure of one run. `better` says which direction is good. */
export interface Figure {
  readonly broker: string
  readonly work: string
  readonly measure: string
  readonly unit: string
  readonly better: "more" | "less"
  readonly value: number
}

/** All runs of one figure for one broker. */
export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** A row of the report: one measure of one kind of work, for each broker. */
export interface ReportRow {
  readonly work: string
  readonly measure: string
  readonly unit: string
  readonly better: "more" | "less"
  readonly brokers: ReadonlyMap<string, Summary>
}

/** Groups single figures into rows, in the order in which they first came. */
export function summarize(figures: readonly Figure[]): ReportRow[] {
  const rows = new Map<string, { first: Figure; runs: Map<string, number[]> }>()
  for (const figure of figures) {
    const key = `${figure.work}|${figure.measure}`
    const row = rows.get(key) ?? { first: figure, runs: new Map<string, number[]>() }
    rows.set(key, row)
    row.runs.set(figure.broker, [...(row.runs.get(figure.broker) ?? []), figure.value])
  }
  return [...rows.values()].map(({ first: { work, measure, unit, better }, runs }) => {
    const brokers = new Map(
      [...runs].map(([broker, values]) => [
        broker,
        { median: median(values), least: Math.min(...values), most: Math.max(...values) },
      ]),
    )
    return { work, measure, unit, better, brokers }
  })
}

/** How many times better than the peer we are (above 1 is better); undefined without a peer. */
export function advantage(row: ReportRow, own: string, peer: string): number | undefined {
  const ours = row.brokers.get(own)?.median
  const theirs = row.brokers.get(peer)?.median
  if (ours === undefined || theirs === undefined || ours === 0 || theirs === 0) return undefined
  return row.better === "more" ? ours / theirs : theirs / ours
}

/** The report as lines of text: medians with their range, and the ratio to each peer. */
export function formatReport(rows: readonly ReportRow[], brokers: readonly string[]): string[] {
  const [own, ...peers] = brokers
  return formatTable(
    rows.map((row) => {
      const cells: Record<string, string> = {
        work: row.work,
        measure: `${row.measure} ${row.unit}`,
      }
      for (const broker of brokers) cells[broker] = formatSummary(row.brokers.get(broker))
      for (const peer of peers)
        cells[`better than ${peer}`] = formatRatio(advantage(row, own!, peer))
      return cells
    }),
  )
}

function formatSummary(summary: Summary | undefined): string {
  if (summary === undefined) return "-"
  const { median, least, most } = summary
  return least === most
    ? formatNumber(median)
    : `${formatNumber(median)} (${formatNumber(least)}-${formatNumber(most)})`
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? "-" : `${formatNumber(ratio)}x`
}

/** Three significant digits, thousands separated. */
export function formatNumber(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en")
  return String(Number(value.toPrecision(3)))
}

/** A bar for each row: how many times better than the peer, on a logarithmic scale. */
export function drawChart(rows: readonly ReportRow[], own: string, peer: string): string {
  const bars = rows.flatMap((row) => {
    const ratio = advantage(row, own, peer)
    return ratio === undefined ? [] : [{ label: `${row.work}: ${row.measure}`, ratio }]
  })
  const [left, width, barHeight] = [420, 380, 22]
  const height = bars.length * barHeight + 60
  const most = Math.max(2, ...bars.map(({ ratio }) => Math.max(ratio, 1 / ratio)))
  const scale = (ratio: number) => (Math.log(ratio) / Math.log(most)) * (width / 2)
  const middle = left + width / 2
  const shapes = bars.map(({ label, ratio }, index) => {
    const y = 40 + index * barHeight
    const length = scale(ratio)
    const [x, colour] = ratio >= 1 ? [middle, "#2a7a5e"] : [middle + length, "#b5533c"]
    const end = ratio >= 1 ? middle + length + 6 : middle + 6
    return [
      `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${Math.abs(length).toFixed(1)}" height="16"`,
      ` fill="${colour}"/>`,
      `<text x="${end.toFixed(1)}" y="${y + 15}">${formatNumber(ratio)}x</text>`,
    ].join("")
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 80}" height="${height}"`,
    ` font-family="sans-serif" font-size="13">`,
    `<title>${own} compared with ${peer}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="12" y="22" font-weight="bold">${own}: how many times better than ${peer}`,
    " (log scale; right of the line is better)</text>",
    `<line x1="${middle}" y1="34" x2="${middle}" y2="${height - 12}" stroke="#888888"/>`,
    ...shapes,
    "</svg>",
    "",
  ].join("\n")
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
}
