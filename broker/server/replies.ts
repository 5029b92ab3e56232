/**
 * The replies of one connection, in the order of its requests.
 *
 * 1. While nothing is parked a reply goes straight to the transport: no slot, no copy, no promise.
 * 2. A parked request holds a slot; replies behind it are encoded at once, into bytes of their own,
 *    and leave when their turn comes. So no reply keeps a view of a frame alive.
 * 3. When the connection closes, slices of replies that did not leave are released.
 */
import { isFileSlice, type Part } from "../../native/parts.ts"

/** A place in the order of replies. */
export class Slot {
  /** @internal Undefined until answered; empty when there is nothing to send. */
  parts: Part[] | undefined
  /** @internal */ next: Slot | undefined
}

/** Orders the replies of one connection. */
export class Replies {
  readonly #send: (parts: Part[]) => void
  #head: Slot | undefined
  #tail: Slot | undefined
  #count = 0
  #heldBytes = 0
  #isClosed = false

  /** `send` hands parts to the transport; they are not used after it returns. */
  constructor(send: (parts: Part[]) => void) {
    this.#send = send
  }

  /** Requests whose reply has not been handed to the transport. */
  get count(): number {
    return this.#count
  }

  /** Bytes of replies that wait for their turn. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The reply of the request that was read last. */
  add(parts: Part[]): void {
    if (this.#head === undefined && !this.#isClosed) this.#send(parts)
    else this.complete(this.park(), parts)
  }

  /** Keeps the place of a request that is answered later. */
  park(): Slot {
    const slot = new Slot()
    if (this.#tail === undefined) this.#head = slot
    else this.#tail.next = slot
    this.#tail = slot
    this.#count++
    return slot
  }

  /** Answers a parked request. No parts: nothing is sent for it (acks=0). */
  complete(slot: Slot, parts: Part[]): void {
    if (this.#isClosed) {
      releaseSlices(parts)
      return
    }
    if (slot !== this.#head) {
      slot.parts = parts.map(ownPart)
      this.#heldBytes += lengthOf(parts)
      return
    }
    this.#shift()
    if (parts.length > 0) this.#send(parts)
    this.#sendHeld()
  }

  /** The connection is gone. */
  close(): void {
    this.#isClosed = true
    for (let slot = this.#head; slot !== undefined; slot = slot.next) {
      if (slot.parts !== undefined) releaseSlices(slot.parts)
    }
    this.#head = this.#tail = undefined
    this.#count = 0
    this.#heldBytes = 0
  }

  #sendHeld(): void {
    for (let slot = this.#head; slot?.parts !== undefined; slot = this.#head) {
      const parts = slot.parts
      this.#heldBytes -= lengthOf(parts)
      this.#shift()
      if (parts.length > 0) this.#send(parts)
    }
  }

  #shift(): void {
    this.#head = this.#head!.next
    if (this.#head === undefined) this.#tail = undefined
    this.#count--
  }
}

/** Bytes of a reply, file slices included. */
export function lengthOf(parts: Part[]): number {
  let length = 0
  for (const part of parts) length += part.length
  return length
}

function ownPart(part: Part): Part {
  return isFileSlice(part) ? part : Buffer.from(part)
}

function releaseSlices(parts: Part[]): void {
  for (const part of parts) if (isFileSlice(part)) part.release()
}
