/** Codec 1: gzip (RFC 1952), by Node's own zlib. */
import * as zlib from "node:zlib"
import { type Codec, guarded, tooLarge } from "./codec.ts"

export const gzip: Codec = {
  name: "gzip",
  id: 1,
  compress: (bytes) => zlib.gzipSync(bytes),
  decompress: (bytes, limitBytes) =>
    guarded("gzip", () => {
      try {
        return zlib.gunzipSync(bytes, { maxOutputLength: limitBytes })
      } catch (error) {
        if (isOutputLimit(error)) throw tooLarge("gzip", limitBytes)
        throw error
      }
    }),
}

/** Whether zlib stopped because of `maxOutputLength`. */
export function isOutputLimit(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_BUFFER_TOO_LARGE"
}
