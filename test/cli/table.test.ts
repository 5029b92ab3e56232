/** Rows as aligned columns. */
import { escapeControls, formatTable, TableShape } from "../../cli/table.ts"

describe("table", () => {
  it("aligns text to the left and numbers to the right", () => {
    expect(
      formatTable([
        { topic: "a", records: 5 },
        { topic: "longer", records: 1234 },
      ]),
    ).toEqual(["TOPIC   RECORDS", "a             5", "longer     1234"])
  })

  it("shows nothing as a dash, and no rows as no lines", () => {
    expect(formatTable([{ a: null }])).toEqual(["A", "-"])
    expect(formatTable([])).toEqual([])
  })

  it("a table in pieces has one heading and never gets narrower", () => {
    const shape = new TableShape()
    expect(shape.lines([{ lastOffset: 123456789012 }])).toEqual([" LAST OFFSET", "123456789012"])
    expect(shape.lines([{ lastOffset: 5 }])).toEqual(["           5"])
    expect(shape.lines([])).toEqual([])
  })

  it("many rows do not overflow the stack", () => {
    expect(formatTable(Array.from({ length: 200_000 }, (_, n) => ({ n })))).toHaveLength(200_001)
  })

  it("what would move the cursor is escaped", () => {
    expect(formatTable([{ a: "x\u001b[2J\ny" }])).toEqual(["A", "x\\u001b[2J\\ny"])
    expect(escapeControls("\t\u2028é")).toBe("\\t\\u2028é")
  })
})
