/** Places in a log as people write them. */
import { parsePlace } from "../../cli/instant.ts"

const now = 1_700_000_000_000

describe("places", () => {
  it.each([
    ["earliest", { kind: "earliest" }],
    ["latest", { kind: "latest" }],
    ["42", { kind: "offset", offset: 42 }],
    ["now", { kind: "timestamp", timestamp: now }],
    ["2h ago", { kind: "timestamp", timestamp: now - 7_200_000 }],
    ["1.5s ago", { kind: "timestamp", timestamp: now - 1_500 }],
    ["@1699999999999", { kind: "timestamp", timestamp: 1_699_999_999_999 }],
    ["2023-11-14T22:13:20Z", { kind: "timestamp", timestamp: now }],
  ])("%s", (text, place) => {
    expect(parsePlace(text, now)).toEqual(place)
  })

  it.each(["", "yesterday", "2x ago", "-5", "2023-99-99"])(
    "'%s' is refused with the forms",
    (text) => {
      expect(() => parsePlace(text, now)).toThrow(/use earliest, latest, an offset/)
    },
  )
})
