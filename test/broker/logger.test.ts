/** Lines of the broker's own log. */
import { createLogger } from "../../broker/logger.ts"

function linesOf(level: "debug" | "info" | "error" | "silent"): {
  lines: string[]
  log: ReturnType<typeof createLogger>
} {
  const lines: string[] = []
  return { lines, log: createLogger({ level, sink: { write: (line) => lines.push(line) } }) }
}

describe("the log", () => {
  it("writes one JSON line per event: level, instant, fields, text", () => {
    const { lines, log } = linesOf("info")
    log.info({ topic: "a\nb" }, "topic made")
    expect(lines).toHaveLength(1)
    expect(lines[0]!.match(/\n/g)).toHaveLength(1)
    const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, string>
    expect(rest).toEqual({ level: "info", topic: "a\nb", msg: "topic made" })
    expect(new Date(time!).toISOString()).toBe(time)
  })

  it("leaves out what is below its level", () => {
    const { lines, log } = linesOf("error")
    log.warn({}, "no")
    log.error({}, "yes")
    expect(lines).toHaveLength(1)
    const silent = linesOf("silent")
    silent.log.error({}, "no")
    expect(silent.lines).toEqual([])
  })

  it("keeps the stack of an error", () => {
    const { lines, log } = linesOf("info")
    log.error({ error: new RangeError("boom") }, "failed")
    const line = JSON.parse(lines[0]!) as { error: { type: string; stack: string } }
    expect(line.error.type).toBe("RangeError")
    expect(line.error.stack).toContain("logger.test")
  })
})
