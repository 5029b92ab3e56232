/**
 * The small text files of a data directory, one line (an object) per entry: checkpoints, a
 * partition's metadata, properties. What is not understood is a problem with its position.
 */
import { parseLines } from "./checkpoint.ts"
import type { ProblemLine } from "./inspect.ts"
import {
  CLEAN_SHUTDOWN_FILE,
  LEADER_EPOCH_FILE,
  LOG_START_FILE,
  PARTITION_METADATA_FILE,
  RECOVERY_POINT_FILE,
} from "./layout.ts"
import { LeaderEpochs } from "./leader-epochs.ts"

/** An entry of `leader-epoch-checkpoint`. */
export interface EpochLine {
  readonly type: "leader-epoch"
  readonly epoch: number
  readonly startOffset: number
}

/** An entry of an offset checkpoint. */
export interface CheckpointLine {
  readonly type: "checkpoint"
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One name and its value: `partition.metadata`, `meta.properties`, the clean-shutdown mark. */
export interface PropertyLine {
  readonly type: "property"
  readonly name: string
  readonly value: string
}

export type TextFileLine = EpochLine | CheckpointLine | PropertyLine | ProblemLine

type Parser = (text: string) => TextFileLine[]

const parsers: Readonly<Record<string, Parser>> = {
  [LEADER_EPOCH_FILE]: parseEpochs,
  [RECOVERY_POINT_FILE]: parseOffsets,
  [LOG_START_FILE]: parseOffsets,
  "replication-offset-checkpoint": parseOffsets,
  "cleaner-offset-checkpoint": parseOffsets,
  [PARTITION_METADATA_FILE]: (text) => parseProperties(text, ":"),
  "meta.properties": (text) => parseProperties(text, "="),
  [CLEAN_SHUTDOWN_FILE]: parseJson,
}

/** Whether a file of this name is a text file of a data directory. */
export function isTextFile(name: string): boolean {
  return Object.hasOwn(parsers, name)
}

/** The entries of a text file that `isTextFile` knows. */
export function textFileLines(name: string, text: string): TextFileLine[] {
  return parsers[name]!(text)
}

function parseEpochs(text: string): TextFileLine[] {
  const entries = LeaderEpochs.parse(text)?.entries
  if (entries === undefined) return [problem(0, "not a sound checkpoint of leader epochs")]
  return entries.map((entry) => ({ type: "leader-epoch", ...entry }))
}

function parseOffsets(text: string): TextFileLine[] {
  const lines = parseLines(text, 3)
  if (lines === undefined) return [problem(0, "not a sound checkpoint of offsets")]
  return lines.map(([topic, partition, offset], index) => {
    const entry = { topic: topic!, partition: Number(partition), offset: Number(offset) }
    const isSound = Number.isSafeInteger(entry.partition) && Number.isSafeInteger(entry.offset)
    if (isSound) return { type: "checkpoint", ...entry }
    return problem(text.indexOf(topic!), `entry ${index + 1} is not a topic, partition and offset`)
  })
}

function parseProperties(text: string, separator: string): TextFileLine[] {
  const found: TextFileLine[] = []
  let position = 0
  for (const line of text.split("\n")) {
    const at = line.indexOf(separator)
    const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    if (at > 0) found.push({ type: "property", name, value })
    else if (line.trim() !== "" && !line.startsWith("#"))
      found.push(problem(position, `a line without '${separator}'`))
    position += Buffer.byteLength(line) + 1
  }
  return found
}

function parseJson(text: string): TextFileLine[] {
  try {
    const mark: unknown = JSON.parse(text === "" ? "{}" : text)
    return Object.entries(mark as object).map(([name, value]) => {
      return { type: "property", name, value: String(value) }
    })
  } catch (error) {
    return [problem(0, `not JSON: ${(error as Error).message}`)]
  }
}

function problem(position: number, text: string): ProblemLine {
  return { type: "problem", position, text }
}
