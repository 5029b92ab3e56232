/**
 * Every file and directory name below a data directory, formatted and parsed here only. They are
 * Apache Kafka's, so that its tools read our directories and we read its.
 *
 *   <data directory>/.lock                      one broker at a time
 *                    .kafka_cleanshutdown       the last stop was orderly; removed at start
 *                    recovery-point-offset-checkpoint, log-start-offset-checkpoint
 *                    <topic>-<partition>/       one log
 *                    <topic>-<partition>.<id>-delete/   a log on its way out
 *   <log directory>/ partition.metadata         the topic's id
 *                    leader-epoch-checkpoint    epoch -> start offset
 *                    <base offset>.log .index .timeindex .txnindex   one segment
 *                    <offset>.snapshot          producers as they were at that offset
 */

export const LOCK_FILE = ".lock"
export const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown"
export const RECOVERY_POINT_FILE = "recovery-point-offset-checkpoint"
export const LOG_START_FILE = "log-start-offset-checkpoint"
export const PARTITION_METADATA_FILE = "partition.metadata"
export const LEADER_EPOCH_FILE = "leader-epoch-checkpoint"

/** Suffix of a file that is being written and will be renamed to its name. */
export const TEMPORARY_SUFFIX = ".tmp"
/** Suffix of a file or directory that is to be removed. */
const DELETED_FILE_SUFFIX = ".deleted"
const DELETED_DIRECTORY_SUFFIX = "-delete"

/** The files named after an offset. */
export const segmentSuffixes = {
  data: ".log",
  offsetIndex: ".index",
  timeIndex: ".timeindex",
  transactionIndex: ".txnindex",
  snapshot: ".snapshot",
} as const

export type SegmentFileKind = keyof typeof segmentSuffixes

const kinds = new Map(
  Object.entries(segmentSuffixes).map(([kind, suffix]) => [suffix, kind as SegmentFileKind]),
)

const OFFSET_DIGITS = 20
/** Longest file name of the file systems we know. */
const MAX_NAME_LENGTH = 255

/** "/data/flights-0/00000000000000000042.log" */
export function segmentPath(directory: string, baseOffset: number, kind: SegmentFileKind): string {
  return `${directory}/${offsetName(baseOffset)}${segmentSuffixes[kind]}`
}

/** An offset as it stands in file names: twenty digits. */
export function offsetName(offset: number): string {
  return String(offset).padStart(OFFSET_DIGITS, "0")
}

/** What a file name in a log's directory means; undefined for a name that is not an offset's. */
export function parseSegmentName(
  name: string,
): { offset: number; kind: SegmentFileKind } | undefined {
  const found = /^(\d{20})(\.[a-z]+)$/.exec(name)
  const kind = kinds.get(found?.[2] as never)
  const offset = Number(found?.[1])
  return kind !== undefined && Number.isSafeInteger(offset) ? { offset, kind } : undefined
}

/** Name of a partition's directory. */
export function logDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Topic and partition of a directory name; undefined for directories that are not logs. */
export function parseLogDirectory(name: string): { topic: string; partition: number } | undefined {
  const found = /^(.+)-(\d{1,10})$/.exec(name)
  if (found === null || isDeletedDirectory(name)) return undefined
  const partition = Number(found[2])
  if (partition > 0x7fffffff || logDirectoryName(found[1]!, partition) !== name) return undefined
  return { topic: found[1]!, partition }
}

/** Name of a log's directory once it is deleted; `id` makes it unlike any other (32 hex digits). */
export function deletedDirectoryName(topic: string, partition: number, id: string): string {
  const suffix = `-${partition}.${id}${DELETED_DIRECTORY_SUFFIX}`
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix
}

/** Whether a directory is a deleted log that still has to be removed. */
export function isDeletedDirectory(name: string): boolean {
  return /-\d+\.[0-9a-f]{32}-delete$/.test(name)
}

/** Whether a file in a log's directory is what an interrupted step left behind. */
export function isLeftover(name: string): boolean {
  return name.endsWith(DELETED_FILE_SUFFIX) || name.endsWith(TEMPORARY_SUFFIX)
}

/** Contents of `partition.metadata`. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`
}

/** Topic id in `partition.metadata`; undefined when it is not understood. */
export function parsePartitionMetadata(text: string): string | undefined {
  return /^version: 0\ntopic_id: ([A-Za-z0-9_-]{22})\n?$/.exec(text)?.[1]
}

/** Contents of the clean-shutdown mark. The writer tells our own stops from Kafka's. */
export function formatCleanShutdown(): string {
  return JSON.stringify({ version: 0, brokerEpoch: -1, writer: WRITER })
}

/** Whether it was us who wrote this clean-shutdown mark; false too when it is not understood. */
export function isOwnCleanShutdown(text: string): boolean {
  try {
    const mark: unknown = JSON.parse(text)
    return mark !== null && typeof mark === "object" && "writer" in mark && mark.writer === WRITER
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

const WRITER = "millrace"
