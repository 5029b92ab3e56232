/**
 * The image of a log's producers in `<offset>.snapshot`, as they were when the log ended there.
 *
 *   version (2) = 1 | crc (4), CRC-32C of what follows | count (4) | entries
 *   entry:  producerId (8) | epoch (2) | lastSequence (4) | lastOffset (8) | offsetDelta (4)
 *           | timestamp (8) | coordinatorEpoch (4) | transactionStart (8), -1 for none
 *
 * Of the remembered batches only the last one is kept, as Kafka does.
 */
import * as batch from "../protocol/records/batch.ts"
import type { ProducerEntry } from "./producer-state.ts"

const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const ENTRIES_AT = 10
const ENTRY_BYTES = 46

type Checksum = (bytes: Uint8Array, start: number, length: number) => number

/** Bytes of the snapshot file. */
export function formatSnapshot(entries: Iterable<ProducerEntry>, crc32c: Checksum): Buffer {
  const list = [...entries]
  const bytes = Buffer.alloc(ENTRIES_AT + list.length * ENTRY_BYTES)
  batch.setInt16(bytes, 0, VERSION)
  batch.setInt32(bytes, COUNT_AT, list.length)
  list.forEach((entry, index) => {
    const at = ENTRIES_AT + index * ENTRY_BYTES
    const last = entry.batches.at(-1)
    batch.setInt64(bytes, at, entry.producerId)
    batch.setInt16(bytes, at + 8, entry.epoch)
    batch.setInt32(bytes, at + 10, last?.lastSequence ?? -1)
    batch.setInt64(bytes, at + 14, last?.lastOffset ?? -1)
    batch.setInt32(bytes, at + 22, last?.offsetDelta ?? 0)
    batch.setInt64(bytes, at + 26, entry.lastTimestamp)
    batch.setInt32(bytes, at + 34, entry.coordinatorEpoch)
    batch.setInt64(bytes, at + 38, entry.transactionStart)
  })
  batch.setInt32(bytes, CRC_AT, crc32c(bytes, COUNT_AT, bytes.length - COUNT_AT))
  return bytes
}

/** The producers in a snapshot file; undefined when it is damaged. */
export function parseSnapshot(bytes: Buffer, crc32c: Checksum): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || batch.int16At(bytes, 0) !== VERSION) return undefined
  const count = batch.int32At(bytes, COUNT_AT)
  if (bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return undefined
  const crc = batch.int32At(bytes, CRC_AT) >>> 0
  if (crc32c(bytes, COUNT_AT, bytes.length - COUNT_AT) !== crc) return undefined
  return Array.from({ length: count }, (_, index) =>
    parseEntry(bytes, ENTRIES_AT + index * ENTRY_BYTES),
  )
}

function parseEntry(bytes: Buffer, at: number): ProducerEntry {
  const lastOffset = batch.int64At(bytes, at + 14)
  const lastTimestamp = batch.int64At(bytes, at + 26)
  const last = {
    lastSequence: batch.int32At(bytes, at + 10),
    lastOffset,
    offsetDelta: batch.int32At(bytes, at + 22),
    timestamp: lastTimestamp,
  }
  return {
    producerId: batch.int64At(bytes, at),
    epoch: batch.int16At(bytes, at + 8),
    batches: lastOffset >= 0 ? [last] : [],
    lastTimestamp,
    coordinatorEpoch: batch.int32At(bytes, at + 34),
    transactionStart: batch.int64At(bytes, at + 38),
  }
}
