/** Rows as aligned columns. */
import { formatTable } from "../../cli/table.ts"

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
})
