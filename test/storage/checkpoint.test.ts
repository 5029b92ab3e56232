/** Small files that are replaced as a whole. */
import { createSimulatedOs } from "../../native/simulated/index.ts"
import {
  formatOffsets,
  parseLines,
  parseOffsets,
  readText,
  replaceFile,
} from "../../storage/checkpoint.ts"

describe("offset checkpoints", () => {
  it("are Kafka's", () => {
    const entries = [
      { topic: "flights", partition: 0, offset: 4711 },
      { topic: "flights", partition: 1, offset: 0 },
    ]
    expect(formatOffsets(entries)).toBe("0\n2\nflights 0 4711\nflights 1 0\n")
    expect(parseOffsets(formatOffsets(entries))).toEqual(
      new Map([
        ["flights-0", 4711],
        ["flights-1", 0],
      ]),
    )
    expect(formatOffsets([])).toBe("0\n0\n")
  })

  it.each([
    "",
    "1\n0\n",
    "0\n2\na 0 1\n",
    "0\n1\na 0\n",
    "0\n1\na 0 x\n",
    "0\n1\na 0 -1\n",
    "\0\0\0\0",
  ])("%j is damaged", (text) => expect(parseOffsets(text)).toBeUndefined())

  it("lines must have their number of fields", () => {
    expect(parseLines("0\n1\n1 2 3\n", 2)).toBeUndefined()
    expect(parseLines("0\n1\n1 2\n", 2)).toEqual([["1", "2"]])
  })
})

describe("replacing a file", () => {
  it("a power cut leaves the old text or the new one", () => {
    const seen = new Set<unknown>()
    for (let seed = 1; seed <= 40; seed++) {
      let os = createSimulatedOs({ seed })
      const place = { directory: "/d", name: "f" }
      os.files.makeDirectory("/d")
      os.files.syncDirectory("/")
      replaceFile(os.files, place, "old")
      if (seed % 2 === 0) os.faults.failNext("syncDirectory", 5)
      replaceFile(os.files, place, "new")
      os.crash()
      os = os.restart()
      const text = readText(os.files, "/d/f")
      if (seed % 2 === 1) expect(text).toBe("new")
      seen.add(text)
    }
    expect([...seen].sort()).toEqual(["new", "old"])
  })

  it("what is not there is undefined, what cannot be read is -errno", () => {
    const os = createSimulatedOs({ seed: 1 })
    expect(readText(os.files, "/nothing")).toBeUndefined()
    os.files.makeDirectory("/d")
    replaceFile(os.files, { directory: "/d", name: "f" }, "x")
    os.faults.failNext("read", 5)
    expect(readText(os.files, "/d/f")).toBe(-5)
  })
})
