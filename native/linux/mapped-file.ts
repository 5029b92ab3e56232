/** Files in memory; mapped-file.cc has the rules. */
import type { MapMode, MappedFile } from "../os.ts"
import type { Addon, NativeMap } from "./addon.ts"

/** Places in kModes of mapped-file.cc. */
const modes: Record<MapMode, number> = { "read-only": 0, "read-write": 1, private: 2 }

class LinuxMappedFile implements MappedFile {
  readonly bytes: Buffer
  readonly #map: NativeMap

  constructor(map: NativeMap) {
    this.#map = map
    this.bytes = map.bytes()
  }

  get isDamaged(): boolean {
    return this.#map.isDamaged()
  }

  force(): number {
    return this.#map.force()
  }

  load(): number {
    return this.#map.load()
  }

  isLoaded(): boolean {
    return this.#map.isLoaded()
  }

  close(): void {
    this.#map.close()
  }
}

/** Maps the first `length` bytes of a file, or -errno. */
export function mapFile(
  addon: Addon,
  fd: number,
  length: number,
  mode: MapMode,
): MappedFile | number {
  const map = new addon.MappedFile(fd, length, modes[mode])
  const result = map.result()
  return result < 0 ? result : new LinuxMappedFile(map)
}
