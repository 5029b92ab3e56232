/** Values as JSON text. */
import type { Serde } from "./serde.ts"

/** Values as JSON. `undefined` cannot be written; a value that is not JSON cannot be read. */
export function jsonSerde<T = unknown>(): Serde<T> {
  return {
    serialize(value) {
      const text = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`${typeof value} has no JSON form`)
      return text
    },
    deserialize: (bytes) => JSON.parse(bytes.toString("utf8")) as T,
  }
}
