/** Values as MessagePack. Imported from this file only by those who use it: it loads msgpackr. */
import { Packr } from "msgpackr"
import type { Serde } from "./serde.ts"

/** Plain MessagePack that any other implementation reads (no record extension). */
export function msgpackSerde<T = unknown>(): Serde<T> {
  const packr = new Packr({ useRecords: false })
  return {
    serialize: (value) => packr.pack(value),
    deserialize: (bytes) => packr.unpack(bytes) as T,
  }
}
