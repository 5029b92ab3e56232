/** Which names a topic may have. */
import { topicNameProblem } from "../../../broker/topics/topic-names.ts"

describe("topic names", () => {
  it.each(["a", "flights", "a.b_c-D9", "...", "x".repeat(249), "__consumer_offsets"])(
    "%s is legal",
    (name) => expect(topicNameProblem(name)).toBeUndefined(),
  )

  it.each([
    "",
    ".",
    "..",
    "../etc/passwd",
    "a/b",
    "a\\b",
    "a b",
    "a\0b",
    "tröpfchen",
    "a:b",
    "x".repeat(250),
    "__cluster_metadata",
  ])("%j is not", (name) => expect(topicNameProblem(name)).toEqual(expect.any(String)))
})
