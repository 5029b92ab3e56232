/** Which segments are past their time, size or start offset. Pure. */
import type { LogConfig } from "./log-config.ts"

/** What retention needs to know of a segment; oldest first, the active one last. */
export interface SegmentAge {
  readonly sizeBytes: number
  /** Offset after its last record. */
  readonly endOffset: number
  /** Largest timestamp, or when the file was last written where records have none. */
  readonly newestAt: number
}

export interface RetentionLimits
  extends Pick<LogConfig, "retentionMs" | "retentionBytes" | "cleanupPolicy"> {
  readonly nowMs: number
  readonly logStartOffset: number
  /** Nothing at or above this offset is deleted: it is not safe yet. */
  readonly durableOffset: number
}

/** Why a segment goes. */
export type Expiry = "start offset" | "time" | "size"

/** Reasons for the oldest segments to go, one each; the first one that stays ends the list. */
export function findExpired(
  segments: readonly SegmentAge[],
  limits: RetentionLimits,
): readonly Expiry[] {
  const expired: Expiry[] = []
  let excessBytes = segments.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  excessBytes -= limits.retentionBytes
  for (const segment of segments) {
    const expiry = expiryOf(segment, excessBytes, limits)
    if (expiry === undefined) break
    expired.push(expiry)
    excessBytes -= segment.sizeBytes
  }
  return expired
}

function expiryOf(
  segment: SegmentAge,
  excessBytes: number,
  limits: RetentionLimits,
): Expiry | undefined {
  const { retentionMs, retentionBytes, nowMs } = limits
  if (segment.sizeBytes === 0 || segment.endOffset > limits.durableOffset) return undefined
  if (segment.endOffset <= limits.logStartOffset) return "start offset"
  if (!limits.cleanupPolicy.includes("delete")) return undefined
  if (retentionMs >= 0 && nowMs - segment.newestAt > retentionMs) return "time"
  if (retentionBytes >= 0 && excessBytes >= segment.sizeBytes) return "size"
  return undefined
}
