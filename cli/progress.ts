/**
 * Progress of long work on a terminal: count, rate and time left on stderr. In a pipe (stderr is
 * not a terminal) it prints nothing.
 */
import { Presets, SingleBar } from "cli-progress"

/** Shows how far a piece of work has come. */
export interface Progress {
  /** Sets how much is done, in the unit of `total`. */
  update(done: number): void
  /** Ends the display; the last state stays on the screen. */
  stop(): void
}

const silent: Progress = { update() {}, stop() {} }

/** Starts a progress bar; `total` undefined shows the count and the rate alone. */
export function startProgress(label: string, total: number | undefined, unit: string): Progress {
  if (!process.stderr.isTTY) return silent
  const startedAt = performance.now()
  const rate = (done: number) => {
    const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000)
    return Math.round(done / seconds).toLocaleString("en")
  }
  const shape = total === undefined ? "{value}" : "{bar} {percentage}% {value}/{total}"
  const timeLeft = total === undefined ? "" : " | {eta_formatted} left"
  const bar = new SingleBar(
    { format: `${label} ${shape} ${unit} | {rate}/s${timeLeft}`, fps: 5, etaBuffer: 50 },
    Presets.shades_classic,
  )
  bar.start(total ?? 0, 0, { rate: "0" })
  return {
    update: (done) => bar.update(done, { rate: rate(done) }),
    stop: () => bar.stop(),
  }
}
