/** The error table against that of Kafka's Java client, and its look-ups. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { ErrorCode, errorName, errorText, isRetriable } from "../../protocol/errors.ts"
import { describeWith, kafkaJarsMissing } from "../support/peers.ts"
import { jarFolder } from "./jar.ts"

const codes = Object.entries(ErrorCode)

describe("error table", () => {
  it("has a name, a text and one row for each code", () => {
    expect(new Set(codes.map(([, code]) => code)).size).toBe(codes.length)
    for (const [name, code] of codes) {
      expect(errorName(code)).toBe(name)
      expect(errorText(code).length).toBeGreaterThan(5)
    }
  })
  it("says what may be tried again", () => {
    expect(isRetriable(ErrorCode.NOT_LEADER_OR_FOLLOWER)).toBe(true)
    expect(isRetriable(ErrorCode.MESSAGE_TOO_LARGE)).toBe(false)
  })
  it("answers for codes it does not know", () => {
    expect(errorName(9999)).toBe("UNKNOWN(9999)")
    expect(errorText(9999)).toContain("9999")
    expect(isRetriable(9999)).toBe(false)
  })
})

describeWith(kafkaJarsMissing())("error table against Kafka's client", () => {
  it("names, codes and retriable ones are the same", () => {
    const source = join(__dirname, "KafkaErrors.java")
    const java = spawnSync("java", ["-cp", `${jarFolder}/*`, source], { encoding: "utf8" })
    expect(java.stderr.replace(/^SLF4J.*\n/gm, "")).toBe("")
    const ours = codes.map(([name, code]) => `${name} ${code} ${isRetriable(code)}`)
    expect(ours.sort()).toEqual(java.stdout.trim().split("\n").sort())
  })
})
