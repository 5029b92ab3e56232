/** Epochs and where they start. */
import { LeaderEpochs } from "../../storage/leader-epochs.ts"

const epochs = () =>
  new LeaderEpochs([
    { epoch: 1, startOffset: 0 },
    { epoch: 3, startOffset: 10 },
    { epoch: 4, startOffset: 25 },
  ])

describe("leader epochs", () => {
  it("the file is Kafka's", () => {
    expect(epochs().format()).toBe("0\n3\n1 0\n3 10\n4 25\n")
    expect(LeaderEpochs.parse("0\n3\n1 0\n3 10\n4 25\n")?.entries).toEqual(epochs().entries)
    expect(LeaderEpochs.parse("0\n0\n")?.latest).toBe(-1)
  })

  it.each(["", "0\n2\n1 0\n", "0\n2\n3 0\n1 5\n", "0\n2\n1 5\n3 0\n", "0\n1\nx 0\n"])(
    "%j is damaged",
    (text) => expect(LeaderEpochs.parse(text)).toBeUndefined(),
  )

  it("never fall; one without records gives way", () => {
    const list = epochs()
    expect(list.assign(4, 30)).toBe(false)
    expect(list.assign(2, 30)).toBe(false)
    expect(list.assign(7, 25)).toBe(true)
    expect(list.entries.map(({ epoch }) => epoch)).toEqual([1, 3, 7])
  })

  it.each([
    [-1, -1, -1],
    [0, 0, 0],
    [1, 1, 10],
    [2, 1, 10],
    [3, 3, 25],
    [4, 4, 99],
    [5, -1, -1],
  ])("the end of epoch %i is that of %i: %i", (asked, leaderEpoch, endOffset) => {
    expect(epochs().endOffsetFor(asked, 99)).toEqual({ leaderEpoch, endOffset })
  })

  it("knows the epoch of an offset", () => {
    expect([0, 9, 10, 24, 25, 99].map((offset) => epochs().epochAt(offset))).toEqual([
      1, 1, 3, 3, 4, 4,
    ])
  })

  it("truncating the log forgets epochs that start behind it", () => {
    const list = epochs()
    expect(list.truncateFromEnd(25)).toBe(true)
    expect(list.latest).toBe(3)
    expect(list.truncateFromEnd(25)).toBe(false)
  })

  it("moving the log's start keeps the epoch that was under way", () => {
    const list = epochs()
    expect(list.truncateFromStart(12)).toBe(true)
    expect(list.entries).toEqual([
      { epoch: 3, startOffset: 12 },
      { epoch: 4, startOffset: 25 },
    ])
    expect(list.truncateFromStart(12)).toBe(false)
  })
})
