/**
 * Reasons of storage and catalog -> Kafka's error codes. Total: a new reason without a code does
 * not compile.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import type { AppendFailure } from "../../storage/append-result.ts"
import type { CatalogFailure } from "../topics/catalog.ts"

type ReadFailure = "offset-out-of-range" | "storage-failure"

/** Every reason an append, a read or a change of the catalog can be refused for. */
export type Failure = AppendFailure | ReadFailure | CatalogFailure

const codes: Readonly<Record<Failure, ErrorCode>> = {
  "corrupt-batch": ErrorCode.CORRUPT_MESSAGE,
  "unsupported-magic": ErrorCode.INVALID_RECORD,
  "record-too-large": ErrorCode.MESSAGE_TOO_LARGE,
  "invalid-timestamp": ErrorCode.INVALID_TIMESTAMP,
  "invalid-record": ErrorCode.INVALID_RECORD,
  "out-of-order-sequence": ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  "invalid-producer-epoch": ErrorCode.INVALID_PRODUCER_EPOCH,
  "unknown-producer-id": ErrorCode.UNKNOWN_PRODUCER_ID,
  "storage-failure": ErrorCode.KAFKA_STORAGE_ERROR,
  "offset-out-of-range": ErrorCode.OFFSET_OUT_OF_RANGE,
  "topic-exists": ErrorCode.TOPIC_ALREADY_EXISTS,
  "invalid-topic-name": ErrorCode.INVALID_TOPIC_EXCEPTION,
  "unknown-topic": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  "invalid-partition-count": ErrorCode.INVALID_PARTITIONS,
  "too-many-partitions": ErrorCode.INVALID_PARTITIONS,
}

/** The error code clients get for a reason. */
export function errorCodeOf(reason: Failure): ErrorCode {
  return codes[reason]
}
