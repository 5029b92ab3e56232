/**
 * A "map" where there is no mmap: the file's bytes in a buffer, written back by `force` and
 * `close`. Enough for index files, which can be rebuilt.
 *
 * 1. Only pieces that differ from the file are written; pieces of zeros are never touched in
 *    memory, so a large pre-sized index costs what it holds.
 * 2. Read-only and private maps never write.
 * 3. Unlike a real map it is not seen by readers of the file before `force`.
 */
import { fdatasyncSync, fstatSync, readSync, writeSync } from "node:fs"
import type { MapMode, MappedFile } from "../os.ts"
import { statusOf } from "./results.ts"

const PIECE_BYTES = 65_536

const zeros = Buffer.alloc(PIECE_BYTES)

/** The map of the first `length` bytes of an open file. `released` runs once, after `close`. */
export class BufferedMap implements MappedFile {
  readonly bytes: Buffer
  readonly #fd: number
  readonly #mode: MapMode
  readonly #released: () => void
  #isOpen = true

  constructor(fd: number, length: number, mode: MapMode, released: () => void) {
    this.#fd = fd
    this.#mode = mode
    this.#released = released
    this.bytes = Buffer.from(new ArrayBuffer(length))
    this.#eachPiece((piece, onDisk) => {
      if (!onDisk.equals(zeros.subarray(0, onDisk.length))) onDisk.copy(piece)
    })
  }

  get isDamaged(): boolean {
    return this.#isOpen && fstatSync(this.#fd).size < this.bytes.length
  }

  force(): number {
    if (!this.#isOpen) return 0
    const result = this.#writeBack()
    if (result < 0 || this.#mode !== "read-write") return result
    return statusOf(() => fdatasyncSync(this.#fd))
  }

  load(): number {
    return 0
  }

  isLoaded(): boolean {
    return true
  }

  close(): void {
    if (!this.#isOpen) return
    if (!this.isDamaged) this.#writeBack()
    this.#isOpen = false
    // Detaches the memory: `bytes` is empty from here on.
    structuredClone(this.bytes.buffer, { transfer: [this.bytes.buffer as ArrayBuffer] })
    this.#released()
  }

  #writeBack(): number {
    if (this.#mode !== "read-write") return 0
    return statusOf(() =>
      this.#eachPiece((piece, onDisk, position) => {
        if (piece.equals(onDisk)) return
        for (let written = 0; written < piece.length; ) {
          written += writeSync(this.#fd, piece, written, piece.length - written, position + written)
        }
      }),
    )
  }

  /** Calls `visit` with each piece of the memory and what the file holds there. */
  #eachPiece(visit: (piece: Buffer, onDisk: Buffer, position: number) => void): void {
    const scratch = Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.bytes.length))
    for (let position = 0; position < this.bytes.length; position += PIECE_BYTES) {
      const piece = this.bytes.subarray(position, position + PIECE_BYTES)
      const length = readSync(this.#fd, scratch, 0, piece.length, position)
      visit(piece, scratch.subarray(0, length), position)
    }
  }
}
