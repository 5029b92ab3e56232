/** The house for any platform: node:fs, node:net, no compiler. Record bytes are copied. */
import type { Os, TransportHandler, TransportOptions } from "../os.ts"
import { systemClock, systemRandom } from "./clock.ts"
import { crc32c } from "./crc32c.ts"
import { PortableFiles } from "./files.ts"
import { nodeHost } from "./node-host.ts"
import { defaultTransportOptions } from "./options.ts"
import { StreamTransport } from "./transport.ts"

/** Makes an `Os` that needs nothing but node. */
export function createPortableOs(): Os {
  return {
    name: "portable",
    files: new PortableFiles(),
    clock: systemClock,
    random: systemRandom,
    crc32c,
    createTransport(handler: TransportHandler, options?: Partial<TransportOptions>) {
      return new StreamTransport(handler, { ...defaultTransportOptions, ...options }, nodeHost)
    },
    close() {},
  }
}
