/** The partition a group belongs to; the numbers are those of String.hashCode in Java. */
import { javaHash } from "../../../broker/groups/group-log.ts"

describe("partition of a group", () => {
  it.each([
    ["", 0],
    ["a", 97],
    ["test-group", 627841412],
    ["polygenelubricants", 0], // hashes to the lowest int, which has no absolute value
    ["grüße-😀", 347391577],
  ])("is the hash Java gives %j", (groupId, hash) => {
    expect(javaHash(groupId)).toBe(hash)
  })
})
