/**
 * Sorted entries of one width in a memory map: what offset and time index are made of.
 *
 * 1. The file is made with the first entry, grows by doubling, and is cut to its entries by `trim`:
 *    an idle or empty log costs nothing, and zeros at the end of a file mean "not used yet".
 * 2. Disk space is taken before it is mapped: a full disk is a result here, never a SIGBUS.
 * 3. The contents can always be rebuilt from the data file, so nothing here is ever synced.
 */
import assert from "node:assert/strict"
import { errno } from "../native/errno.ts"
import type { Files, MappedFile } from "../native/os.ts"

const INITIAL_BYTES = 4096
const NO_BYTES = Buffer.alloc(0)

export interface MappedIndexOptions {
  readonly files: Files
  readonly path: string
  readonly entryBytes: number
  /** The file never grows beyond this. */
  readonly maxBytes: number
}

/** Entries 0 .. count - 1, mapped when they are first needed. */
export class MappedIndex {
  readonly path: string
  readonly entryBytes: number
  readonly #files: Files
  readonly #maxBytes: number
  #map: MappedFile | undefined
  #bytes: Buffer = NO_BYTES
  #isWritable = false
  #count = 0
  #isLoaded: boolean

  /** `isNew`: there is no file yet; a file that is there all the same is overwritten. */
  constructor(options: MappedIndexOptions, isNew: boolean) {
    this.path = options.path
    this.entryBytes = options.entryBytes
    this.#files = options.files
    this.#maxBytes = Math.floor(options.maxBytes / options.entryBytes) * options.entryBytes
    this.#isLoaded = isNew
  }

  /** Entry `i` stands at `i * entryBytes`. Valid until the next call that changes the index. */
  get bytes(): Buffer {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** No room for another entry. */
  get isFull(): boolean {
    return (this.#count + 1) * this.entryBytes > this.#maxBytes
  }

  /** Somebody cut the file under the map. */
  get isDamaged(): boolean {
    return this.#map?.isDamaged ?? false
  }

  /** Maps what the file holds; 0, -EBADMSG when its size cannot be right, or -errno. */
  load(): number {
    if (this.#isLoaded) return 0
    const fd = this.#files.open(this.path, "read")
    if (fd < 0) return fd
    const size = this.#files.size(fd)
    const isWhole = size % this.entryBytes === 0
    const result = size < 0 ? size : isWhole ? 0 : -errno.EBADMSG
    const map = result === 0 && size > 0 ? this.#files.map(fd, size, "read-only") : result
    this.#files.close(fd)
    if (typeof map !== "number") {
      this.#map = map
      this.#bytes = map.bytes
    } else if (map < 0) return map
    this.#count = size / this.entryBytes
    this.#isLoaded = true
    return 0
  }

  /** Place of a new entry, to be written at once and then counted by `commit`; or -errno. */
  reserve(): number {
    assert(this.#isLoaded, "an index is loaded before it is written")
    const at = this.#count * this.entryBytes
    if (!this.#isWritable || at + this.entryBytes > this.#bytes.length) {
      const result = this.#grow(at + this.entryBytes)
      if (result < 0) return result
    }
    return at
  }

  /** The entry at the place that `reserve` gave has been written. */
  commit(): void {
    this.#count++
  }

  /** Keeps the first `count` entries; they must be loaded. */
  truncateTo(count: number): void {
    assert(this.#isLoaded && count <= this.#count)
    // A read-only map is replaced by a writable one with the next entry, see `#grow`.
    if (this.#isWritable)
      this.#bytes.fill(0, count * this.entryBytes, this.#count * this.entryBytes)
    this.#count = count
  }

  /** Cuts the file to its entries and unmaps it; it is loaded again when needed. 0 or -errno. */
  trim(): number {
    if (!this.#isLoaded) return 0
    this.#unmap()
    this.#isLoaded = false
    const size = this.#count * this.entryBytes
    const fd = this.#files.open(this.path, "write")
    if (fd < 0) return fd
    const result = this.#files.truncate(fd, size)
    this.#files.close(fd)
    return result
  }

  /** Forgets all entries, also those in the file. */
  clear(): void {
    this.#unmap()
    this.#isLoaded = true
    this.#count = 0
  }

  /** Unmaps; what is in the file stays. */
  close(): void {
    this.#unmap()
    this.#isLoaded = false
  }

  /** Makes the file and its map hold at least `bytes`. When that fails, all is as before. */
  #grow(bytes: number): number {
    const wanted = Math.max(INITIAL_BYTES, bytes, this.#count * this.entryBytes * 2)
    const rounded = Math.floor(wanted / this.entryBytes) * this.entryBytes
    const size = Math.max(bytes, Math.min(rounded, this.#maxBytes))
    const fd = this.#files.open(this.path, "write")
    if (fd < 0) return fd
    const map = this.#mapGrown(fd, size)
    this.#files.close(fd)
    if (typeof map === "number") return map
    const kept = this.#count * this.entryBytes
    map.bytes.set(this.#bytes.subarray(0, kept))
    this.#unmap()
    this.#map = map
    this.#bytes = map.bytes
    this.#isWritable = true
    return 0
  }

  #mapGrown(fd: number, size: number): MappedFile | number {
    const files = this.#files
    const oldSize = files.size(fd)
    if (oldSize < 0) return oldSize
    let result = files.truncate(fd, size)
    if (result >= 0) result = files.allocate(fd, 0, size)
    if (result < 0 && result !== -errno.ENOTSUP && result !== -errno.EOPNOTSUPP) return result
    const map = files.map(fd, size, "read-write")
    if (typeof map === "number") return map
    // What stood behind the entries: those of an old file, or entries that were given up.
    const kept = this.#count * this.entryBytes
    if (oldSize > kept) map.bytes.fill(0, kept, Math.min(oldSize, size))
    return map
  }

  #unmap(): void {
    this.#map?.close()
    this.#map = undefined
    this.#bytes = NO_BYTES
    this.#isWritable = false
  }
}
