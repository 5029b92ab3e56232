/**
 * Files and directories over node:fs. Calls are synchronous where the contract is; `sync` goes
 * through libuv's pool. Where the system has no such thing (fallocate, residency) the answer is
 * the one that keeps callers going.
 *
 * A map needs its descriptor until it is closed, while callers may close theirs first, as they may
 * with mmap: such a descriptor stays open until its last map is gone.
 */
import * as fs from "node:fs"
import { errno } from "../errno.ts"
import type { BatchAppend, FileStat, Files, MapMode, MappedFile, OpenMode } from "../os.ts"
import { appendBatch } from "./append.ts"
import { makeDirectories } from "./directories.ts"
import { giveLock, takeLock } from "./lock.ts"
import { BufferedMap } from "./mapped-file.ts"
import { failureOf, resultOf, statusOf } from "./results.ts"

/** Larger writes are slower: the page cache allocates them badly (measured, 8x at 1 MiB). */
const WRITE_PIECE_BYTES = 131_072

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants
const flags: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  write: O_RDWR | O_CREAT,
  create: O_RDWR | O_CREAT | O_EXCL,
}

/** `Files` of the portable house. */
export class PortableFiles implements Files {
  readonly #locks = new Map<number, string>()
  /** Maps that need a descriptor. */
  readonly #mapCounts = new Map<number, number>()
  /** Closed by their owner, still needed by a map. */
  readonly #closing = new Set<number>()

  open(path: string, mode: OpenMode): number {
    return resultOf(() => fs.openSync(path, flags[mode], 0o644))
  }

  close(fd: number): number {
    const lockPath = this.#locks.get(fd)
    if (lockPath !== undefined) {
      this.#locks.delete(fd)
      return giveLock(fd, lockPath)
    }
    if (this.#closing.has(fd)) return -errno.EBADF
    if (this.#mapCounts.has(fd)) {
      this.#closing.add(fd)
      return 0
    }
    return statusOf(() => fs.closeSync(fd))
  }

  size(fd: number): number {
    return resultOf(() => fs.fstatSync(fd).size)
  }

  read(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    return resultOf(() => {
      let total = 0
      while (total < length) {
        const count = fs.readSync(fd, buffer, start + total, length - total, position + total)
        if (count === 0) break
        total += count
      }
      return total
    })
  }

  write(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    return resultOf(() => {
      for (let done = 0; done < length; ) {
        const piece = Math.min(WRITE_PIECE_BYTES, length - done)
        done += fs.writeSync(fd, buffer, start + done, piece, position + done)
      }
      return length
    })
  }

  appendBatch(append: BatchAppend): number {
    return appendBatch(this.write, append)
  }

  truncate(fd: number, size: number): number {
    // node takes what is below zero for zero.
    return size < 0 ? -errno.EINVAL : statusOf(() => fs.ftruncateSync(fd, size))
  }

  allocate(_fd: number, _position: number, _length: number): number {
    return -errno.ENOTSUP
  }

  sync(fd: number, done: (result: number) => void): void {
    fs.fdatasync(fd, (error) => done(error ? failureOf(error) : 0))
  }

  syncNow(fd: number): number {
    return statusOf(() => fs.fsyncSync(fd))
  }

  syncDirectory(path: string): number {
    // Windows neither opens directories nor needs to: its names are journalled.
    if (process.platform === "win32") return 0
    return statusOf(() => {
      const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
      try {
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    })
  }

  rename(from: string, to: string): number {
    return statusOf(() => fs.renameSync(from, to))
  }

  unlink(path: string): number {
    return statusOf(() => fs.unlinkSync(path))
  }

  makeDirectory(path: string): number {
    return makeDirectories(path)
  }

  removeDirectory(path: string): number {
    return statusOf(() => fs.rmdirSync(path))
  }

  list(path: string): string[] | number {
    try {
      return fs.readdirSync(path).sort()
    } catch (error) {
      return failureOf(error)
    }
  }

  stat(path: string): FileStat | number {
    try {
      const found = fs.statSync(path)
      return {
        size: found.size,
        modifiedAt: Math.floor(found.mtimeMs),
        isDirectory: found.isDirectory(),
      }
    } catch (error) {
      return failureOf(error)
    }
  }

  map(fd: number, length: number, mode: MapMode): MappedFile | number {
    const size = this.size(fd)
    if (size < 0) return size
    if (length <= 0 || length > size) return -errno.EINVAL
    try {
      const map = new BufferedMap(fd, length, mode, () => this.#unpin(fd))
      this.#mapCounts.set(fd, (this.#mapCounts.get(fd) ?? 0) + 1)
      return map
    } catch (error) {
      return failureOf(error)
    }
  }

  lock(path: string): number {
    const fd = resultOf(() => takeLock(path))
    if (fd >= 0) this.#locks.set(fd, path)
    return fd
  }

  isResident(_fd: number, _position: number, _length: number): boolean {
    return true
  }

  warm(_fd: number, _position: number, _length: number, done: (result: number) => void): void {
    setImmediate(done, 0)
  }

  #unpin(fd: number): void {
    const count = this.#mapCounts.get(fd)! - 1
    if (count > 0) {
      this.#mapCounts.set(fd, count)
      return
    }
    this.#mapCounts.delete(fd)
    if (this.#closing.delete(fd)) fs.closeSync(fd)
  }
}
