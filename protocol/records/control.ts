/**
 * Control batches: the markers that end a transaction in a partition.
 *
 *   key:    version (2) = 0 | type (2): 0 abort, 1 commit
 *   value:  version (2) = 0 | coordinatorEpoch (4)
 */
import { attributes, int16At, int32At, isControl, recordCount } from "./batch.ts"
import { BatchBuilder } from "./builder.ts"
import { RecordCursor } from "./record.ts"

/** How a transaction ended. */
export type MarkerType = "abort" | "commit"

/** What a marker says. */
export interface Marker {
  readonly type: MarkerType
  readonly coordinatorEpoch: number
}

const ABORT = 0
const COMMIT = 1

/** A control batch that ends the transaction of a producer. */
export function buildMarker(marker: {
  type: MarkerType
  producerId: number
  producerEpoch: number
  coordinatorEpoch: number
  timestamp: number
}): Buffer {
  const { producerId, producerEpoch, timestamp } = marker
  const builder = new BatchBuilder({
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
  })
  const key = Buffer.alloc(4)
  key.writeInt16BE(marker.type === "commit" ? COMMIT : ABORT, 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  builder.append({ key, value, timestamp })
  return builder.build()
}

/** The marker in the control batch at `at`; undefined for control records of another kind. */
export function findMarker(bytes: Buffer, at: number): Marker | undefined {
  if (!isControl(attributes(bytes, at)) || recordCount(bytes, at) !== 1) return undefined
  const cursor = new RecordCursor(bytes, at)
  if (!cursor.next() || cursor.keyLength < 4) return undefined
  const type = int16At(cursor.bytes, cursor.keyStart + 2)
  if (type !== ABORT && type !== COMMIT) return undefined
  const coordinatorEpoch =
    cursor.valueLength >= 6 ? int32At(cursor.bytes, cursor.valueStart + 2) : -1
  return { type: type === COMMIT ? "commit" : "abort", coordinatorEpoch }
}
