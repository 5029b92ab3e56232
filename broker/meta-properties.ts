/**
 * `meta.properties` of a data directory, as Kafka writes it: whose directory this is.
 *
 *   #
 *   #Thu Jan 01 00:00:00 UTC 1970
 *   node.id=1
 *   directory.id=SZhMgJDSSjSqFXjRkzSJsw
 *   version=1
 *   cluster.id=MkU3OEVBNTcwNTJENDM2Qk
 *
 * All directories of a broker name the same cluster and node. A directory of another broker stops
 * the start: its records are not ours to serve.
 */
import { errno, errnoName } from "../native/errno.ts"
import type { Os } from "../native/os.ts"
import { readWhole, replaceFile } from "../storage/checkpoint.ts"

const FILE_NAME = "meta.properties"
const VERSION = "1"

/** Who the broker is to be. An empty cluster id: the one of the directories, or a new one. */
export interface Expected {
  nodeId: number
  clusterId: string
}

type Result = { ok: true; clusterId: string } | { ok: false; message: string }

/** Reads the file of every directory, and writes it where it is missing. */
export function openMetaProperties(os: Os, directories: string[], expected: Expected): Result {
  let clusterId = expected.clusterId
  const missing: string[] = []
  for (const directory of directories) {
    const found = readProperties(os, directory)
    if (typeof found === "number") {
      return { ok: false, message: `cannot read ${directory}/${FILE_NAME}: ${errnoName(found)}` }
    }
    if (found === undefined) {
      missing.push(directory)
      continue
    }
    const problem = compare(found, { nodeId: expected.nodeId, clusterId })
    if (problem !== undefined) return { ok: false, message: `${directory}: ${problem}` }
    clusterId = found.get("cluster.id")!
  }
  if (clusterId === "") clusterId = randomId(os)
  for (const directory of missing) {
    const written = writeProperties(os, directory, { ...expected, clusterId })
    if (written < 0) {
      const message = `cannot write ${directory}/${FILE_NAME}: ${errnoName(written)}`
      return { ok: false, message }
    }
  }
  return { ok: true, clusterId }
}

/** Undefined when there is none; -errno when it cannot be read. */
function readProperties(os: Os, directory: string): Map<string, string> | undefined | number {
  const bytes = readWhole(os.files, `${directory}/${FILE_NAME}`)
  if (typeof bytes === "number") return bytes === -errno.ENOENT ? undefined : bytes
  const properties = new Map<string, string>()
  for (const line of bytes.toString("utf8").split(/\r?\n/)) {
    const at = line.indexOf("=")
    if (at > 0 && !line.startsWith("#"))
      properties.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  return properties
}

function compare(found: Map<string, string>, expected: Expected): string | undefined {
  const version = found.get("version")
  if (version !== VERSION) return `${FILE_NAME} has version ${version}, not ${VERSION}`
  const nodeId = found.get("node.id")
  if (nodeId !== String(expected.nodeId)) {
    const remedy = `set node.id=${nodeId} or take another directory`
    return `the directory belongs to node ${nodeId}; ${remedy}`
  }
  const clusterId = found.get("cluster.id")
  if (clusterId === undefined) return `${FILE_NAME} names no cluster.id`
  if (expected.clusterId !== "" && clusterId !== expected.clusterId) {
    return `the directory belongs to cluster ${clusterId}, not ${expected.clusterId}`
  }
  return undefined
}

function writeProperties(os: Os, directory: string, { nodeId, clusterId }: Expected): number {
  const lines = [
    "#",
    `#${new Date(os.clock.nowMs()).toUTCString()}`,
    `node.id=${nodeId}`,
    `directory.id=${randomId(os)}`,
    `version=${VERSION}`,
    `cluster.id=${clusterId}`,
  ]
  const written = replaceFile(os.files, { directory, name: FILE_NAME }, `${lines.join("\n")}\n`)
  // The directory is new: a crash must not take its own name away.
  if (written >= 0) for (const parent of ancestors(directory)) os.files.syncDirectory(parent)
  return written
}

/** "/a/b" -> "/a", "/"; "a/b" -> "a", ".". Those we may not sync are not ours to worry about. */
function ancestors(directory: string): string[] {
  const path = directory.replace(/\/+$/, "")
  const names = (path.startsWith("/") ? path : `./${path}`).split("/")
  return names.slice(1).map((_, index) => {
    const parent = names.slice(0, names.length - 1 - index).join("/")
    return parent === "" ? "/" : parent
  })
}

/** 22 characters; not starting with "-", which confuses command lines. */
function randomId(os: Os): string {
  for (;;) {
    const id = os.random.bytes(16).toString("base64url")
    if (!id.startsWith("-")) return id
  }
}
