/** Logs on disk and the topics they belong to. */
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Broker } from "../../../broker/broker.ts"
import { Producer } from "../../../clients/index.ts"
import { scopedDirectory } from "../../support/temporary-directory.ts"

async function produceOne(dataDir: string): Promise<number> {
  const broker = await Broker.open({ dataDir, os: "portable", durability: "os" })
  const producer = new Producer({ bootstrapServers: broker.bootstrapServers })
  try {
    return (await producer.send({ topic: "kept", value: "x" })).offset
  } finally {
    await producer.close()
    await broker.close()
  }
}

describe("a log on disk", () => {
  it.each([
    ["missing", (path: string) => rmSync(path)],
    ["empty", (path: string) => writeFileSync(path, "")],
  ])("is its topic's again when partition.metadata is %s", async (_, damage) => {
    using directory = scopedDirectory()
    expect(await produceOne(directory.path)).toBe(0)
    const metadata = join(directory.path, "kept-0", "partition.metadata")
    const before = readFileSync(metadata, "utf8")
    damage(metadata)
    expect(await produceOne(directory.path)).toBe(1)
    expect(readFileSync(metadata, "utf8")).toBe(before)
  })

  it("of another topic id stops the start, with the directory and what to do", async () => {
    using directory = scopedDirectory()
    await produceOne(directory.path)
    const metadata = join(directory.path, "kept-0", "partition.metadata")
    writeFileSync(metadata, "version: 0\ntopic_id: 4L6g3nShT-eMCtK--X86sw\n")
    await expect(produceOne(directory.path)).rejects.toThrow(
      /kept-0 belongs to another topic.*move it/,
    )
  })
})
