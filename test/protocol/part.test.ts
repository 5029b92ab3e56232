/** Parts go from the protocol to the transport without conversion: one shape under two names. */
import { isFileSlice, type Part } from "../../native/parts.ts"
import type * as protocol from "../../protocol/part.ts"

type IsSame<One, Other> = [One, Other] extends [Other, One] ? true : false

const isSameSlice: IsSame<protocol.FileSlice, import("../../native/parts.ts").FileSlice> = true
const isSamePart: IsSame<protocol.Part, Part> = true

it("parts of a frame are parts of a reply: the compiler takes each for the other", () => {
  expect([isSameSlice, isSamePart]).toEqual([true, true])
  const slice: protocol.Part = { fd: 3, position: 0, length: 1, release() {} }
  expect([isFileSlice(slice), isFileSlice(Buffer.alloc(1) as protocol.Part)]).toEqual([true, false])
})
