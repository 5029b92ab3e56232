/** Options of groups and committed offsets, in the units the coordinator counts in. */

/** Options of the group coordinator; the names beside them are those of the broker's options. */
export interface GroupOptions {
  /** group.min.session.timeout.ms */
  readonly minSessionTimeoutMs: number
  /** group.max.session.timeout.ms */
  readonly maxSessionTimeoutMs: number
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** group.max.size */
  readonly maxSize: number
  /** offset.metadata.max.bytes */
  readonly offsetMetadataMaxBytes: number
  /** offsets.topic.num.partitions */
  readonly partitionCount: number
  /** offsets.topic.segment.bytes */
  readonly segmentBytes: number
  /** offsets.retention.minutes */
  readonly offsetRetentionMs: number
  /** offsets.retention.check.interval.ms */
  readonly retentionCheckIntervalMs: number
}

/** Kafka's defaults, except that a first member is not kept waiting for a second one. */
export const defaultGroupOptions: GroupOptions = {
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 30 * 60 * 1000,
  initialRebalanceDelayMs: 0,
  maxSize: 2 ** 31 - 1,
  offsetMetadataMaxBytes: 4096,
  partitionCount: 50,
  segmentBytes: 100 * 1024 * 1024,
  offsetRetentionMs: 7 * 24 * 60 * 60 * 1000,
  retentionCheckIntervalMs: 10 * 60 * 1000,
}
