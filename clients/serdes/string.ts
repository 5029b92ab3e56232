/** Strings as UTF-8. */
import type { Serde } from "./serde.ts"

/** Strings as UTF-8. */
export const stringSerde: Serde<string> = {
  serialize: (value) => value,
  deserialize: (bytes) => bytes.toString("utf8"),
}
