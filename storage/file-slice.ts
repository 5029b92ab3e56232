/**
 * Data files and the parts of them that are on their way to a socket. A file is closed when nobody
 * holds it any more: its segment, slices in flight, syncs under way.
 */
import assert from "node:assert/strict"
import type { Files } from "../native/os.ts"
import type { FileSlice } from "../native/parts.ts"

/** An open data file, reference-counted. Starts with one holder: who opened it. */
export class SharedFile {
  readonly fd: number
  readonly path: string
  readonly #files: Files
  #holders = 1

  constructor(files: Files, fd: number, path: string) {
    this.#files = files
    this.fd = fd
    this.path = path
  }

  /** Whether somebody besides the segment uses it. */
  get isShared(): boolean {
    return this.#holders > 1
  }

  retain(): void {
    assert(this.#holders > 0, "a closed file cannot be retained")
    this.#holders++
  }

  release(): void {
    assert(this.#holders > 0, "released more often than retained")
    if (--this.#holders === 0) this.#files.close(this.fd)
  }
}

/** `length` bytes of a data file from `position`; holds the file open until released. */
export class SegmentSlice implements FileSlice {
  readonly fd: number
  readonly position: number
  readonly length: number
  #file: SharedFile | undefined

  constructor(file: SharedFile, position: number, length: number) {
    file.retain()
    this.#file = file
    this.fd = file.fd
    this.position = position
    this.length = length
  }

  release(): void {
    const file = this.#file
    assert(file !== undefined, "a slice is released once")
    this.#file = undefined
    file.release()
  }
}
