/**
 * `Files` over the simulated disk. Descriptors belong to one life of the process: after a crash
 * every call on the old house gives -EIO and changes nothing.
 */
import { errno } from "../errno.ts"
import type { BatchAppend, FileStat, Files, MapMode, MappedFile, OpenMode } from "../os.ts"
import { appendBatch } from "../portable/append.ts"
import { SimulatedDirectory, type SimulatedDisk } from "./disk.ts"
import type { Faults, FaultyCall } from "./faults.ts"
import type { Life } from "./life.ts"
import { SimulatedMap } from "./mapped-file.ts"
import type { Prng } from "./prng.ts"
import { SimulatedFile } from "./simulated-file.ts"

/** Low numbers are left out, so that a forgotten result is not taken for a descriptor. */
const FIRST_DESCRIPTOR = 100

/** What the files of one life of the process stand on. */
export interface FilesWorld {
  readonly disk: SimulatedDisk
  readonly faults: Faults
  readonly chance: Prng
  readonly life: Life
}

/** Files of the simulated house. */
export class SimulatedFiles implements Files {
  readonly #world: FilesWorld
  readonly #open = new Map<number, SimulatedFile>()
  readonly #writable = new Set<number>()
  readonly #locks = new Map<number, string>()
  #nextDescriptor = FIRST_DESCRIPTOR

  constructor(world: FilesWorld) {
    this.#world = world
  }

  /** Descriptors that are open now: a test of leaks. */
  get openCount(): number {
    return this.#open.size
  }

  /** The process has ended. */
  die(): void {
    this.#open.clear()
    this.#locks.clear()
  }

  open(path: string, mode: OpenMode): number {
    const failure = this.#failure("open")
    if (failure < 0) return failure
    const found = this.#world.disk.find(path)
    if (typeof found !== "number") {
      if (mode === "create") return -errno.EEXIST
      if (found.kind === "file") return this.#describe(found, mode)
      // A directory can be opened, and then only be closed.
      return mode === "read" ? this.#describe(new SimulatedFile(0), mode) : -errno.EISDIR
    }
    if (found !== -errno.ENOENT || mode === "read") return found
    const file = new SimulatedFile(this.#world.life.nowMs())
    const result = this.#world.disk.add(path, file)
    return result < 0 ? result : this.#describe(file, mode)
  }

  close(fd: number): number {
    if (this.#world.life.isOver) return -errno.EIO
    const lock = this.#locks.get(fd)
    if (lock !== undefined) this.#world.disk.locks.delete(lock)
    this.#locks.delete(fd)
    this.#writable.delete(fd)
    return this.#open.delete(fd) ? 0 : -errno.EBADF
  }

  size(fd: number): number {
    return this.#open.get(fd)?.size ?? this.#badDescriptor()
  }

  read(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    const file = this.#open.get(fd)
    if (!file) return this.#badDescriptor()
    const failure = this.#failure("read")
    if (failure < 0) return failure
    return file.read(buffer.subarray(start, start + length), position)
  }

  write(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number {
    const file = this.#open.get(fd)
    if (!file || !this.#writable.has(fd)) return this.#badDescriptor()
    const failure = this.#failure("write")
    // A disk that is full or ill takes a part first.
    const taken = failure < 0 ? this.#world.chance.between(0, length) : length
    const bytes = buffer.subarray(start, start + taken)
    if (taken > 0) file.write(bytes, position, this.#world.life.nowMs())
    return failure < 0 ? failure : length
  }

  appendBatch(append: BatchAppend): number {
    return appendBatch((...write) => this.write(...write), append)
  }

  truncate(fd: number, size: number): number {
    const file = this.#open.get(fd)
    if (!file) return this.#badDescriptor()
    if (size < 0 || !this.#writable.has(fd)) return -errno.EINVAL
    const failure = this.#failure("truncate")
    if (failure < 0) return failure
    file.resize(size, this.#world.life.nowMs())
    return 0
  }

  allocate(fd: number, position: number, length: number): number {
    const file = this.#open.get(fd)
    if (!file) return this.#badDescriptor()
    const end = position + length
    return end <= file.size ? 0 : this.truncate(fd, end)
  }

  sync(fd: number, done: (result: number) => void): void {
    const { life, faults } = this.#world
    const file = this.#open.get(fd)
    if (!file) {
      life.soon(() => done(-errno.EBADF))
      return
    }
    const covered = file.beginSync()
    const failure = this.#failure("sync")
    life.finish(faults.syncMs(), () => {
      file.endSync(covered, failure < 0)
      done(failure)
    })
  }

  syncNow(fd: number): number {
    const file = this.#open.get(fd)
    return file ? this.#syncFile(file) : this.#badDescriptor()
  }

  syncDirectory(path: string): number {
    const failure = this.#failure("syncDirectory")
    if (failure < 0) return failure
    const directory = this.#world.disk.findDirectory(path)
    if (typeof directory === "number") return directory
    this.#world.disk.syncDirectory(directory)
    return 0
  }

  rename(from: string, to: string): number {
    const failure = this.#failure("rename")
    return failure < 0 ? failure : this.#world.disk.rename(from, to)
  }

  unlink(path: string): number {
    const failure = this.#failure("unlink")
    return failure < 0 ? failure : this.#world.disk.removeFile(path)
  }

  makeDirectory(path: string): number {
    const failure = this.#failure("makeDirectory")
    if (failure < 0) return failure
    let built = path.startsWith("/") ? "/" : ""
    for (const name of path.split("/").filter((part) => part !== "")) {
      built += `${name}/`
      const result = this.#world.disk.add(built, new SimulatedDirectory())
      if (result < 0 && result !== -errno.EEXIST) return result
    }
    const made = this.#world.disk.findDirectory(path)
    return made === -errno.ENOTDIR ? -errno.EEXIST : typeof made === "number" ? made : 0
  }

  removeDirectory(path: string): number {
    return this.#world.life.isOver ? -errno.EIO : this.#world.disk.removeDirectory(path)
  }

  list(path: string): string[] | number {
    if (this.#world.life.isOver) return -errno.EIO
    const directory = this.#world.disk.findDirectory(path)
    return typeof directory === "number" ? directory : [...directory.seen.keys()].sort()
  }

  stat(path: string): FileStat | number {
    if (this.#world.life.isOver) return -errno.EIO
    const found = this.#world.disk.find(path)
    if (typeof found === "number") return found
    const isDirectory = found.kind === "directory"
    return { size: isDirectory ? 0 : found.size, modifiedAt: found.modifiedAt, isDirectory }
  }

  map(fd: number, length: number, mode: MapMode): MappedFile | number {
    const file = this.#open.get(fd)
    if (!file) return this.#badDescriptor()
    const failure = this.#failure("map")
    if (failure < 0) return failure
    if (length <= 0 || length > file.size) return -errno.EINVAL
    return new SimulatedMap(file, length, mode, () => this.#syncFile(file))
  }

  lock(path: string): number {
    if (this.#world.disk.locks.has(path)) return -errno.EAGAIN
    const fd = this.open(path, "write")
    if (fd < 0) return fd
    this.#world.disk.locks.add(path)
    this.#locks.set(fd, path)
    // Not this process's pid: the disk is to be the same in every run of a seed.
    this.#open.get(fd)!.write(Buffer.from("1\n"), 0, this.#world.life.nowMs())
    return fd
  }

  isResident(_fd: number, _position: number, _length: number): boolean {
    return true
  }

  warm(_fd: number, _position: number, _length: number, done: (result: number) => void): void {
    this.#world.life.soon(() => done(0))
  }

  #describe(file: SimulatedFile, mode: OpenMode): number {
    const fd = this.#nextDescriptor++
    this.#open.set(fd, file)
    if (mode !== "read") this.#writable.add(fd)
    return fd
  }

  #syncFile(file: SimulatedFile): number {
    const covered = file.beginSync()
    const failure = this.#failure("syncNow")
    file.endSync(covered, failure < 0)
    return failure
  }

  #failure(call: FaultyCall): number {
    return this.#world.life.isOver ? -errno.EIO : this.#world.faults.next(call)
  }

  #badDescriptor(): number {
    return this.#world.life.isOver ? -errno.EIO : -errno.EBADF
  }
}
