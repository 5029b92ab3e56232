/** Serdes: there and back, and what they refuse. */
import { jsonSerde } from "../../../clients/serdes/json.ts"
import { msgpackSerde } from "../../../clients/serdes/msgpack.ts"
import { parseProtobuf } from "../../../clients/serdes/protobuf.ts"
import type { Serde } from "../../../clients/serdes/serde.ts"
import { stringSerde } from "../../../clients/serdes/string.ts"

function thereAndBack<T>(serde: Serde<T>, value: T): T {
  return serde.deserialize(Buffer.from(serde.serialize(value, "t") as Uint8Array), "t")
}

describe("serdes", () => {
  it("text, with all of Unicode", () => {
    expect(thereAndBack(stringSerde, "grün 🙂")).toBe("grün 🙂")
  })

  it("JSON", () => {
    const value = { a: [1, null, "x"], b: { c: true } }
    expect(thereAndBack(jsonSerde(), value)).toEqual(value)
    expect(() => jsonSerde().serialize(undefined, "t")).toThrow(/undefined/)
  })

  it("MessagePack", () => {
    const value = { a: [1, 2.5, "x"], n: null }
    expect(thereAndBack(msgpackSerde(), value)).toEqual(value)
  })

  it("Protocol Buffers, and a value that does not fit its type", async () => {
    const source = 'syntax = "proto3"; message Flight { string id = 1; int32 distance = 2; }'
    const serde = await parseProtobuf(source, "Flight")
    expect(thereAndBack(serde, { id: "LH1", distance: 900 })).toMatchObject({
      id: "LH1",
      distance: 900,
    })
    expect(() => serde.serialize({ distance: "far" }, "t")).toThrow(/distance/)
  })
})
