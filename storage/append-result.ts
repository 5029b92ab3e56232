/** What `Log.append` answers; broker/apis/failures.ts maps the reasons to error codes. */

/** Why a batch was not appended. */
export type AppendFailure =
  | "corrupt-batch"
  | "unsupported-magic"
  | "record-too-large"
  | "invalid-timestamp"
  | "invalid-record"
  | "out-of-order-sequence"
  | "invalid-producer-epoch"
  | "unknown-producer-id"
  | "storage-failure"

/** A record that made its batch unacceptable. */
export interface RecordError {
  /** Place of the record in its batch. */
  readonly batchIndex: number
  readonly message: string
}

/** A batch that was refused; nothing of it is in the log. */
export interface Refusal {
  readonly ok: false
  readonly reason: AppendFailure
  readonly message?: string
  readonly recordErrors?: readonly RecordError[]
}

/** A batch that is in the log, now or (a duplicate) since an earlier request. */
export interface Appended {
  readonly ok: true
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1 where the producer's timestamps stand. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly isDuplicate: boolean
}

export type AppendResult = Appended | Refusal

/** Who appends: a client, whose batch is checked in full, or a coordinator of this broker. */
export type AppendOrigin = "client" | "coordinator"

/** One batch to be appended: `bytes[start, start + length)`. Stamped in place. */
export interface BatchToAppend {
  bytes: Buffer
  start: number
  length: number
  leaderEpoch: number
  origin: AppendOrigin
}

export function refuse(reason: AppendFailure, message: string): Refusal {
  return { ok: false, reason, message }
}
