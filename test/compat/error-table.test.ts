/** The error table against that of Kafka's Java client. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { ErrorCode, isRetriable } from "../../protocol/errors.ts"
import { describeWith, jarFolder, kafkaJarsMissing } from "../support/peers.ts"

describeWith(kafkaJarsMissing())("error table against Kafka's client", () => {
  it("names, codes and retriable ones are the same", () => {
    const source = join(__dirname, "KafkaErrors.java")
    const java = spawnSync("java", ["-cp", `${jarFolder}/*`, source], { encoding: "utf8" })
    expect(java.stderr.replace(/^SLF4J.*\n/gm, "")).toBe("")
    const codes = Object.entries(ErrorCode)
    const ours = codes.map(([name, code]) => `${name} ${code} ${isRetriable(code)}`)
    expect(ours.sort()).toEqual(java.stdout.trim().split("\n").sort())
  })
})
