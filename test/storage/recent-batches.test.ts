/** The ring of the latest batches. */
import { RecentBatches } from "../../storage/recent-batches.ts"

describe("recent batches", () => {
  it("finds the batch that holds an offset, as long as it is among the latest", () => {
    const recent = new RecentBatches()
    for (let index = 0; index < 5000; index++) {
      recent.note(index * 3, index * 100)
      for (const back of [0, 1, 15, 16, 500, 1022, 1023]) {
        const wanted = index - back
        if (wanted < 0) continue
        for (const offset of [wanted * 3, wanted * 3 + 2])
          expect(recent.find(offset)).toBe(wanted * 100)
      }
      if (index >= 1024) expect(recent.find((index - 1024) * 3)).toBe(-1)
    }
  })

  it("knows nothing before the first and after `clear`", () => {
    const recent = new RecentBatches()
    expect(recent.find(0)).toBe(-1)
    recent.note(10, 0)
    expect(recent.find(9)).toBe(-1)
    recent.clear()
    expect(recent.find(10)).toBe(-1)
  })
})
