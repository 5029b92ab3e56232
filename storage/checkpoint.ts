/**
 * Small text files that are replaced as a whole, and the two formats of Kafka's checkpoints.
 *
 *   0                        version
 *   2                        number of lines that follow
 *   flights 0 4711           topic partition offset (offset checkpoints)
 *   flights 1 4688
 *
 * A file is written under a temporary name, synced, renamed, and the directory synced: whoever
 * reads it after a crash finds the old text or the new one, never a mixture.
 */
import { errno } from "../native/errno.ts"
import type { Files } from "../native/os.ts"
import { TEMPORARY_SUFFIX } from "./layout.ts"

/** Longest small file that is read; a larger one is not ours. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** Replaces (or creates) the file at `directory/name`; 0 or -errno. */
export function replaceFile(
  files: Files,
  path: { directory: string; name: string },
  contents: string | Uint8Array,
  options: { isSynced: boolean } = { isSynced: true },
): number {
  const target = `${path.directory}/${path.name}`
  const temporary = target + TEMPORARY_SUFFIX
  const written = writeWhole(files, temporary, contents, options)
  if (written < 0) return written
  // A crash before the rename leaves the old file; the temporary one is removed at the next open.
  const renamed = files.rename(temporary, target)
  if (renamed < 0) return renamed
  return options.isSynced ? files.syncDirectory(path.directory) : 0
}

/** Writes a file from its beginning and cuts what was behind; 0 or -errno. */
export function writeWhole(
  files: Files,
  path: string,
  contents: string | Uint8Array,
  options: { isSynced: boolean },
): number {
  const bytes = typeof contents === "string" ? Buffer.from(contents) : contents
  const fd = files.open(path, "write")
  if (fd < 0) return fd
  let result = files.write(fd, bytes, 0, bytes.length, 0)
  if (result >= 0) result = files.truncate(fd, bytes.length)
  if (result >= 0 && options.isSynced) result = files.syncNow(fd)
  const closed = files.close(fd)
  return result < 0 ? result : Math.min(closed, 0)
}

/** All bytes of a small file; -errno when it cannot be read, -EFBIG when it is not small. */
export function readWhole(files: Files, path: string): Buffer | number {
  const fd = files.open(path, "read")
  if (fd < 0) return fd
  const size = files.size(fd)
  let result: Buffer | number = size > MAX_TEXT_BYTES ? -errno.EFBIG : size
  if (result >= 0) {
    const bytes = Buffer.alloc(size)
    const count = files.read(fd, bytes, 0, size, 0)
    result = count < 0 ? count : bytes.subarray(0, count)
  }
  files.close(fd)
  return result
}

/** Text of a small file; undefined when it is not there, -errno when it cannot be read. */
export function readText(files: Files, path: string): string | undefined | number {
  const bytes = readWhole(files, path)
  if (bytes === -errno.ENOENT) return undefined
  return typeof bytes === "number" ? bytes : bytes.toString("utf8")
}

/** The lines of a checkpoint as arrays of fields; undefined when version or count are wrong. */
export function parseLines(text: string, fieldCount: number): string[][] | undefined {
  const [version, count, ...rest] = text.split("\n")
  const lines = rest.filter((line) => line !== "").map((line) => line.split(/\s+/))
  if (version !== "0" || Number(count) !== lines.length) return undefined
  return lines.every((fields) => fields.length === fieldCount) ? lines : undefined
}

/** A checkpoint with these lines. */
export function formatLines(lines: readonly (readonly (string | number)[])[]): string {
  return `${["0", lines.length, ...lines.map((fields) => fields.join(" "))].join("\n")}\n`
}

/** One offset of one partition. */
export interface OffsetOfPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Contents of an offset checkpoint. */
export function formatOffsets(entries: Iterable<OffsetOfPartition>): string {
  return formatLines(
    Array.from(entries, ({ topic, partition, offset }) => [topic, partition, offset]),
  )
}

/** Offsets by "topic-partition"; undefined when the text is not an offset checkpoint. */
export function parseOffsets(text: string): Map<string, number> | undefined {
  const lines = parseLines(text, 3)
  if (lines === undefined) return undefined
  const offsets = new Map(
    lines.map(([topic, partition, offset]) => [`${topic}-${partition}`, Number(offset)]),
  )
  return [...offsets.values()].every((offset) => Number.isSafeInteger(offset) && offset >= 0)
    ? offsets
    : undefined
}
