/** The house for Linux: system calls of our own, sendfile, memory maps, one epoll per transport. */
import type { Os, TransportHandler, TransportOptions } from "../os.ts"
import { systemClock, systemRandom } from "../portable/clock.ts"
import { defaultTransportOptions } from "../portable/options.ts"
import { LinuxFiles } from "./file.ts"
import { loadAddon } from "./load.ts"
import { LinuxTransport } from "./reactor.ts"
import { RecentTails } from "./residency.ts"

/** An opened house, or why there is none on this machine. */
export type LinuxOsResult = { ok: true; os: Os } | { ok: false; reason: string }

/** Opens the Linux house; each Node thread opens its own. */
export function openLinuxOs(): LinuxOsResult {
  const loaded = loadAddon()
  if (!loaded.ok) return loaded
  const { addon } = loaded
  const tails = new RecentTails()
  const os: Os = {
    name: "linux",
    files: new LinuxFiles(addon, tails),
    clock: systemClock,
    random: systemRandom,
    crc32c: (bytes, start, length) => addon.crc32c(bytes, start, length),
    createTransport: (handler: TransportHandler, options?: Partial<TransportOptions>) =>
      new LinuxTransport(addon, tails, handler, { ...defaultTransportOptions, ...options }),
    close() {},
  }
  return { ok: true, os }
}
