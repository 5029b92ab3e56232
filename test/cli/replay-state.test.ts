/** The file in which a replay remembers how far it came. */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ReplayState } from "../../cli/replay-state.ts"
import { scopedDirectory } from "../support/temporary-directory.ts"

const ranges = [
  { topic: "a topic", partition: 0, start: 5, end: 50 },
  { topic: "a topic", partition: 1, start: 0, end: 9 },
]

describe("replay state", () => {
  it("starts with the whole ranges and goes on at what was saved", () => {
    using directory = scopedDirectory()
    const path = join(directory.path, "state.json")
    const state = new ReplayState(path, "a topic", "into")
    expect(state.resume(ranges)).toEqual(ranges)
    state.save(ranges, new Map([["a topic 0", 20]]))
    expect(new ReplayState(path, "a topic", "into").resume(ranges)).toEqual([
      { ...ranges[0], start: 20 },
      ranges[1],
    ])
    expect(readdirSync(directory.path)).toEqual(["state.json"])
  })

  it("of another replay is refused", () => {
    using directory = scopedDirectory()
    const path = join(directory.path, "state.json")
    new ReplayState(path, "a topic", "into").save(ranges, new Map())
    expect(() => new ReplayState(path, "other", "into").resume(ranges)).toThrow(
      /belongs to a replay/,
    )
  })

  it("that is damaged is refused with a remedy", () => {
    using directory = scopedDirectory()
    const path = join(directory.path, "state.json")
    writeFileSync(path, "{")
    expect(() => new ReplayState(path, "a", "b").resume(ranges)).toThrow(/delete it to start over/)
  })
})
