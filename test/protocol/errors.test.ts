/** The error table and its look-ups; test/compat/error-table.test.ts compares it with Kafka's. */
import { ErrorCode, errorName, errorText, isRetriable } from "../../protocol/errors.ts"

const codes = Object.entries(ErrorCode)

describe("error table", () => {
  it("has a name, a text and one row for each code", () => {
    expect(new Set(codes.map(([, code]) => code)).size).toBe(codes.length)
    for (const [name, code] of codes) {
      expect(errorName(code)).toBe(name)
      expect(errorText(code).length).toBeGreaterThan(5)
    }
  })
  it("says what may be tried again", () => {
    expect(isRetriable(ErrorCode.NOT_LEADER_OR_FOLLOWER)).toBe(true)
    expect(isRetriable(ErrorCode.MESSAGE_TOO_LARGE)).toBe(false)
  })
  it("answers for codes it does not know", () => {
    expect(errorName(9999)).toBe("UNKNOWN(9999)")
    expect(errorText(9999)).toContain("9999")
    expect(isRetriable(9999)).toBe(false)
  })
})
