/** Streams of records in the order of their time. */
import { mergeByTime } from "../../cli/merge.ts"

async function* streamOf(...timestamps: number[]) {
  for (const timestamp of timestamps) yield { timestamp }
}

async function timesOf(streams: AsyncGenerator<{ timestamp: number }>[]): Promise<number[]> {
  const times: number[] = []
  for await (const { timestamp } of mergeByTime(streams)) times.push(timestamp)
  return times
}

describe("merge by time", () => {
  it("takes from all streams in the order of time", async () => {
    const streams = [streamOf(1, 4, 9), streamOf(), streamOf(2, 3, 10), streamOf(5)]
    expect(await timesOf(streams)).toEqual([1, 2, 3, 4, 5, 9, 10])
  })

  it("keeps the order within a stream where its times do not ascend", async () => {
    expect(await timesOf([streamOf(5, 1, 6), streamOf(4, 7)])).toEqual([4, 5, 1, 6, 7])
  })

  it("ends every stream when its reader goes away", async () => {
    const ended: number[] = []
    async function* endless(id: number) {
      try {
        for (let timestamp = 0; ; timestamp++) yield { timestamp }
      } finally {
        ended.push(id)
      }
    }
    for await (const { timestamp } of mergeByTime([endless(1), endless(2)]))
      if (timestamp === 3) break
    expect(ended).toEqual([1, 2])
  })

  it("ends every stream when one of them fails", async () => {
    const ended: number[] = []
    async function* good() {
      try {
        yield { timestamp: 1 }
        yield { timestamp: 2 }
      } finally {
        ended.push(1)
      }
    }
    // biome-ignore lint/correctness/useYield: it fails before
    async function* bad(): AsyncGenerator<{ timestamp: number }> {
      throw new Error("lost")
    }
    await expect(timesOf([good(), bad()])).rejects.toThrow("lost")
    expect(ended).toEqual([1])
  })
})
