/** The table of APIs: key -> handler, made from the parts of the broker. */
import type { Context, Outcome } from "../context.ts"

/** A handler whose message types the router takes from the table of APIs. */
export type AnyHandler = (request: never, context: Context) => Outcome<unknown>
