/**
 * A file on the simulated disk: what programs see, and what the platter would hold after a power
 * cut. In between lies the journal of writes since they were last synced.
 *
 *   base (safe) + journal (each entry: pending, safe or doomed) = what a crash chooses from
 *
 * 1. `sync` covers the entries there were when it was called.
 * 2. Entries under a failed sync are doomed: no later sync makes them safe, though reads still see
 *    them (what Linux does with the pages of a failed fsync).
 * 3. A crash keeps, loses or tears each entry that is not safe, independently of the others.
 */
import assert from "node:assert/strict"
import type { MapMode } from "../os.ts"
import type { Prng } from "./prng.ts"

const SECTOR_BYTES = 512
/** Writes through a map are noticed in pages of this size. */
const PAGE_BYTES = 4096

type JournalState = "pending" | "safe" | "doomed"

interface JournalEntry {
  state: JournalState
  /** Bytes written at `position`, or nothing: the file was cut or extended to `position`. */
  readonly bytes: Buffer | undefined
  readonly position: number
}

/** Bytes that grow; beyond `length` they are zero. */
class Content {
  #buffer: Buffer = Buffer.alloc(0)
  length = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length)
  }

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.length, position + bytes.length))
    this.#buffer.set(bytes, position)
  }

  resize(length: number): void {
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#buffer.length))
      this.bytes.copy(larger)
      this.#buffer = larger
    } else if (length < this.length) {
      this.#buffer.fill(0, length, this.length)
    }
    this.length = length
  }
}

/** Something that shows the file's bytes and may change them: a map. */
export interface FileView {
  readonly bytes: Buffer
  readonly mode: MapMode
  /** The file has become shorter than the view. */
  onTruncated(size: number): void
}

/** One file, with or without a name. */
export class SimulatedFile {
  readonly kind = "file"
  modifiedAt: number
  readonly #seen = new Content()
  readonly #base = new Content()
  readonly #views = new Set<FileView>()
  #journal: JournalEntry[] = []

  constructor(modifiedAt: number) {
    this.modifiedAt = modifiedAt
  }

  get size(): number {
    return this.#seen.length
  }

  /** Number of bytes read into `target`. */
  read(target: Uint8Array, position: number): number {
    this.#gatherViews()
    const found = this.#seen.bytes.subarray(position, position + target.length)
    target.set(found)
    return found.length
  }

  write(bytes: Uint8Array, position: number, now: number): void {
    this.#gatherViews()
    this.#apply({ state: "pending", bytes: Buffer.from(bytes), position })
    this.modifiedAt = now
    this.#show(bytes, position)
  }

  resize(size: number, now: number): void {
    this.#gatherViews()
    this.#apply({ state: "pending", bytes: undefined, position: size })
    this.modifiedAt = now
    for (const view of this.#views) if (view.bytes.length > size) view.onTruncated(size)
  }

  /** Marks a point in the journal; `endSync` takes it back. */
  beginSync(): readonly object[] {
    this.#gatherViews()
    return this.#journal.filter((entry) => entry.state === "pending")
  }

  /** The entries of `covered` have become safe, or (failed) are doomed. */
  endSync(covered: readonly object[], hasFailed: boolean): void {
    for (const entry of covered as JournalEntry[]) entry.state = hasFailed ? "doomed" : "safe"
    while (this.#journal[0]?.state === "safe") applyTo(this.#base, this.#journal.shift()!)
  }

  addView(view: FileView): void {
    this.#gatherViews()
    this.#seen.bytes.copy(view.bytes)
    this.#views.add(view)
  }

  removeView(view: FileView): void {
    this.#gatherViews()
    this.#views.delete(view)
  }

  /** Forgets who maps it: their process is gone. With `isPowerLost`, what is not safe becomes
   *  what `chance` says. */
  crash(isPowerLost: boolean, chance: Prng): void {
    this.#gatherViews()
    this.#views.clear()
    if (!isPowerLost) return
    for (const entry of this.#journal) {
      const survivor = entry.state === "safe" ? entry : survivorOf(entry, chance)
      if (survivor) applyTo(this.#base, survivor)
    }
    this.#journal = []
    this.#seen.resize(0)
    this.#seen.write(this.#base.bytes, 0)
  }

  #apply(entry: JournalEntry): void {
    this.#journal.push(entry)
    applyTo(this.#seen, entry)
  }

  /** Turns what was written through maps into journal entries, page by page. */
  #gatherViews(): void {
    for (const view of this.#views) {
      if (view.mode === "private") continue
      const length = Math.min(view.bytes.length, this.size)
      for (let position = 0; position < length; position += PAGE_BYTES) {
        const end = Math.min(position + PAGE_BYTES, length)
        const page = view.bytes.subarray(position, end)
        if (page.equals(this.#seen.bytes.subarray(position, end))) continue
        assert(view.mode === "read-write", "write through a read-only map")
        this.#apply({ state: "pending", bytes: Buffer.from(page), position })
        this.#show(page, position)
      }
    }
  }

  #show(bytes: Uint8Array, position: number): void {
    for (const { mode, bytes: target } of this.#views) {
      if (mode === "private" || position >= target.length) continue
      target.set(bytes.subarray(0, target.length - position), position)
    }
  }
}

function applyTo(content: Content, entry: JournalEntry): void {
  if (entry.bytes) content.write(entry.bytes, entry.position)
  else content.resize(entry.position)
}

/** What a power cut leaves of a write: all, nothing, or the sectors up to some boundary. */
function survivorOf(entry: JournalEntry, chance: Prng): JournalEntry | undefined {
  const fate = chance.between(0, 3)
  if (fate === 0) return undefined
  if (fate === 1 || !entry.bytes) return entry
  const firstBoundary = SECTOR_BYTES - (entry.position % SECTOR_BYTES)
  const boundaries = Math.ceil((entry.bytes.length - firstBoundary) / SECTOR_BYTES)
  if (boundaries <= 0) return undefined
  const length = firstBoundary + SECTOR_BYTES * chance.between(0, boundaries)
  return { ...entry, bytes: entry.bytes.subarray(0, length) }
}
