/** Bootstrap lists: what is an address and what is refused. */
import { addressName, parseAddresses } from "../../../clients/net/addresses.ts"

describe("bootstrapServers", () => {
  it.each([
    ["a:1", ["a:1"]],
    ["a", ["a:9092"]],
    ["a:1, b:2 ,", ["a:1", "b:2"]],
    [
      ["a:1", "b"],
      ["a:1", "b:9092"],
    ],
    ["[::1]:9093", ["[::1]:9093"]],
    ["PLAINTEXT://h:5", ["h:5"]],
  ])("%j", (given, expected) => {
    expect(parseAddresses(given).map(addressName)).toEqual(expected)
  })

  it.each(["", ",", "a:b", "a:0", "a:70000", "a b:1", "::1:9092"])("%j is refused", (given) => {
    expect(() => parseAddresses(given)).toThrow(/bootstrapServers/)
  })
})
