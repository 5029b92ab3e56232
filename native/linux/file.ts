/**
 * Files by the addon's system calls; directories, which are never on a hot path, by node:fs.
 */
import { readdirSync, rmdirSync, statSync } from "node:fs"
import { errno } from "../errno.ts"
import type { BatchAppend, FileStat, Files, MapMode, MappedFile, OpenMode } from "../os.ts"
import { makeDirectories } from "../portable/directories.ts"
import { failureOf, statusOf } from "../portable/results.ts"
import type { Addon } from "./addon.ts"
import { mapFile } from "./mapped-file.ts"
import type { RecentTails } from "./residency.ts"

/** Places in kOpenFlags of file.cc. */
const openModes: Record<OpenMode, number> = { read: 0, write: 1, create: 2 }

/** `Files` of the Linux house. */
export class LinuxFiles implements Files {
  readonly #addon: Addon
  readonly #tails: RecentTails

  constructor(addon: Addon, tails: RecentTails) {
    this.#addon = addon
    this.#tails = tails
  }

  open(path: string, mode: OpenMode): number {
    return this.#addon.open(path, openModes[mode])
  }

  close(fd: number): number {
    this.#tails.forget(fd)
    return this.#addon.close(fd)
  }

  size(fd: number): number {
    return this.#addon.size(fd)
  }

  read(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    return this.#addon.read(fd, buffer, start, length, position)
  }

  write(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    const result = this.#addon.write(fd, buffer, start, length, position)
    if (result > 0) this.#tails.wrote(fd, position, result)
    return result
  }

  appendBatch(append: BatchAppend): number {
    const { fd, position } = append
    const result = this.#addon.appendBatch(
      fd,
      append.bytes,
      append.start,
      append.length,
      position,
      append.baseOffset,
      append.leaderEpoch,
      append.checkCrc,
    )
    if (result > 0) this.#tails.wrote(fd, position, result)
    return result
  }

  truncate(fd: number, size: number): number {
    this.#tails.forget(fd)
    return this.#addon.truncate(fd, size)
  }

  allocate(fd: number, position: number, length: number): number {
    const result = this.#addon.allocate(fd, position, length)
    return result === -errno.EOPNOTSUPP ? -errno.ENOTSUP : result
  }

  sync(fd: number, done: (result: number) => void): void {
    this.#addon.sync(fd, done)
  }

  syncNow(fd: number): number {
    return this.#addon.syncNow(fd)
  }

  syncDirectory(path: string): number {
    return this.#addon.syncDirectory(path)
  }

  rename(from: string, to: string): number {
    return this.#addon.rename(from, to)
  }

  unlink(path: string): number {
    return this.#addon.unlink(path)
  }

  makeDirectory(path: string): number {
    return makeDirectories(path)
  }

  removeDirectory(path: string): number {
    return statusOf(() => rmdirSync(path))
  }

  list(path: string): string[] | number {
    try {
      return readdirSync(path).sort()
    } catch (error) {
      return failureOf(error)
    }
  }

  stat(path: string): FileStat | number {
    try {
      const stat = statSync(path)
      return {
        size: stat.size,
        modifiedAt: Math.floor(stat.mtimeMs),
        isDirectory: stat.isDirectory(),
      }
    } catch (error) {
      return failureOf(error)
    }
  }

  map(fd: number, length: number, mode: MapMode): MappedFile | number {
    return mapFile(this.#addon, fd, length, mode)
  }

  lock(path: string): number {
    return this.#addon.lock(path)
  }

  isResident(fd: number, position: number, length: number): boolean {
    return this.#addon.isResident(fd, position, length)
  }

  warm(fd: number, position: number, length: number, done: (result: number) => void): void {
    this.#addon.warm(fd, position, length, done)
  }
}
