/** Input as lines of bytes, however it is cut into chunks. */
import { splitLines } from "../../cli/input.ts"

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: string[] = []
  for await (const group of splitLines({ stream: stream(), name: "test", sizeBytes: undefined }))
    lines.push(...group.map((line) => line.toString("latin1")))
  return lines
}

describe("lines of bytes", () => {
  it("the last line needs no end", async () => {
    expect(await linesOf("a\nb")).toEqual(["a", "b"])
    expect(await linesOf("a\nb\n")).toEqual(["a", "b"])
    expect(await linesOf("")).toEqual([])
    expect(await linesOf("\n\n")).toEqual(["", ""])
  })

  it("lines may come in any pieces", async () => {
    const text = "one\r\n\ntwo\rthree\nfour\r\n"
    const expected = ["one", "", "two\rthree", "four"]
    for (let at = 0; at <= text.length; at++)
      expect(await linesOf(text.slice(0, at), text.slice(at))).toEqual(expected)
    expect(await linesOf(...text)).toEqual(expected)
  })

  it("bytes that are no text stay as they are", async () => {
    expect(await linesOf(Buffer.from([0xff, 0x0a, 0x00, 0x85]))).toEqual(["\xff", "\x00\x85"])
  })
})
