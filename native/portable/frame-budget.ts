/**
 * The memory that incomplete frames of all connections share. While it is used up, only the
 * connection whose frame is oldest is read on: it finishes or times out, so there is progress.
 */

/** A connection as the budget sees it. */
export interface FrameHolder {
  /** Memory held for an incomplete frame; zero without one. */
  readonly heldBytes: number
  /** Tells one held frame from the next. */
  readonly heldFrame: number
  setOutOfMemory(isOutOfMemory: boolean): void
}

/** Counts what all connections of a transport hold. */
export class FrameBudget {
  readonly #maxBytes: number
  /** In order of the age of their frames. */
  readonly #held = new Map<FrameHolder, { bytes: number; frame: number }>()
  readonly #stopped = new Set<FrameHolder>()
  #totalBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes held by all. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /** To be called when what `holder` holds may have changed. */
  update(holder: FrameHolder): void {
    const bytes = holder.heldBytes
    const frame = holder.heldFrame
    const known = this.#held.get(holder)
    this.#totalBytes += bytes - (known?.bytes ?? 0)
    if (known && (bytes === 0 || known.frame !== frame)) this.#held.delete(holder)
    if (bytes > 0) this.#held.set(holder, { bytes, frame })
    else this.#stopped.delete(holder)
    if (this.#totalBytes < this.#maxBytes) this.#resumeAll()
    else this.#stopAllButOldest(holder)
  }

  #resumeAll(): void {
    for (const holder of this.#stopped) {
      this.#stopped.delete(holder)
      holder.setOutOfMemory(false)
    }
  }

  #stopAllButOldest(changed: FrameHolder): void {
    const [oldest] = this.#held.keys()
    if (oldest && this.#stopped.delete(oldest)) oldest.setOutOfMemory(false)
    if (changed !== oldest && this.#held.has(changed) && !this.#stopped.has(changed)) {
      this.#stopped.add(changed)
      changed.setOutOfMemory(true)
    }
  }
}
