/** A map of a simulated file: its own copy of the bytes, reconciled with the file on every access
 *  to either, so that nobody can tell. */
import type { MapMode, MappedFile } from "../os.ts"
import type { FileView, SimulatedFile } from "./simulated-file.ts"

/** The first `length` bytes of a file. */
export class SimulatedMap implements MappedFile, FileView {
  readonly bytes: Buffer
  readonly mode: MapMode
  readonly #file: SimulatedFile
  readonly #sync: () => number
  #isOpen = true
  #isDamaged = false

  constructor(file: SimulatedFile, length: number, mode: MapMode, sync: () => number) {
    this.#file = file
    this.mode = mode
    this.#sync = sync
    this.bytes = Buffer.from(new ArrayBuffer(length))
    file.addView(this)
  }

  get isDamaged(): boolean {
    return this.#isDamaged
  }

  onTruncated(size: number): void {
    this.bytes.fill(0, size)
    this.#isDamaged = true
  }

  force(): number {
    return this.#isOpen && this.mode === "read-write" ? this.#sync() : 0
  }

  load(): number {
    return 0
  }

  isLoaded(): boolean {
    return true
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#file.removeView(this)
    structuredClone(this.bytes.buffer, { transfer: [this.bytes.buffer as ArrayBuffer] })
  }
}
