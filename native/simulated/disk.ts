/**
 * Directories and names of the simulated disk. A name that was made, moved or removed is safe only
 * once its directory was synced. As file systems write their journal in order, a power cut keeps
 * the first few of the other changes, as many as the seed says, and loses the rest.
 */
import { posix } from "node:path"
import { errno } from "../errno.ts"
import type { Prng } from "./prng.ts"
import type { SimulatedFile } from "./simulated-file.ts"

/** A directory: names as programs see them, and as the platter holds them. */
export class SimulatedDirectory {
  readonly kind = "directory"
  modifiedAt = 0
  seen = new Map<string, DiskNode>()
  safe = new Map<string, DiskNode>()
}

export type DiskNode = SimulatedFile | SimulatedDirectory

/** One change of names: `node` gets the name `to`, loses the name `from`, or both. */
interface NameChange {
  readonly node: DiskNode
  readonly from: Place | undefined
  readonly to: Place | undefined
}

interface Place {
  readonly directory: SimulatedDirectory
  readonly name: string
}

/** What survives the process, and, as far as it was synced, the power. */
export class SimulatedDisk {
  readonly #root = new SimulatedDirectory()
  readonly #chance: Prng
  #changes: NameChange[] = []
  /** Paths locked by the running process. */
  readonly locks = new Set<string>()

  constructor(chance: Prng) {
    this.#chance = chance
  }

  /** What has this path; -ENOENT or -ENOTDIR otherwise. */
  find(path: string): DiskNode | number {
    let node: DiskNode = this.#root
    for (const name of namesOf(path)) {
      if (node.kind !== "directory") return -errno.ENOTDIR
      const next = node.seen.get(name)
      if (!next) return -errno.ENOENT
      node = next
    }
    return node
  }

  findDirectory(path: string): SimulatedDirectory | number {
    const found = this.find(path)
    if (typeof found === "number") return found
    return found.kind === "directory" ? found : -errno.ENOTDIR
  }

  /** Gives a new file or directory its name; the name must be free. */
  add(path: string, node: DiskNode): number {
    const place = this.#placeOf(path)
    if (typeof place === "number") return place
    if (place.directory.seen.has(place.name)) return -errno.EEXIST
    this.#change({ node, from: undefined, to: place })
    return 0
  }

  removeFile(path: string): number {
    const place = this.#placeOf(path)
    if (typeof place === "number") return place
    const node = place.directory.seen.get(place.name)
    if (!node) return -errno.ENOENT
    if (node.kind === "directory") return -errno.EISDIR
    this.#change({ node, from: place, to: undefined })
    return 0
  }

  removeDirectory(path: string): number {
    const place = this.#placeOf(path)
    if (typeof place === "number") return place
    const node = place.directory.seen.get(place.name)
    if (!node) return -errno.ENOENT
    if (node.kind !== "directory") return -errno.ENOTDIR
    if (node.seen.size > 0) return -errno.ENOTEMPTY
    this.#change({ node, from: place, to: undefined })
    return 0
  }

  rename(fromPath: string, toPath: string): number {
    const from = this.#placeOf(fromPath)
    if (typeof from === "number") return from
    const to = this.#placeOf(toPath)
    if (typeof to === "number") return to
    const node = from.directory.seen.get(from.name)
    if (!node) return -errno.ENOENT
    const replaced = to.directory.seen.get(to.name)
    if (replaced === node) return 0
    const refusal = replaced ? refuseReplacing(node, replaced) : 0
    if (refusal < 0) return refusal
    if (node.kind === "directory" && isBelow(toPath, fromPath)) return -errno.EINVAL
    this.#change({ node, from, to })
    return 0
  }

  /** Every change of a name in this directory has become safe. */
  syncDirectory(directory: SimulatedDirectory): void {
    const waiting: NameChange[] = []
    for (const change of this.#changes) {
      const touches = change.from?.directory === directory || change.to?.directory === directory
      if (touches) applyTo("safe", change)
      else waiting.push(change)
    }
    this.#changes = waiting
  }

  /** The process has ended; with `isPowerLost`, so has everything that is not safe. */
  crash(isPowerLost: boolean): void {
    this.locks.clear()
    if (isPowerLost) {
      const keptCount = this.#chance.between(0, this.#changes.length + 1)
      for (const change of this.#changes.slice(0, keptCount)) applyTo("safe", change)
      this.#changes = []
    }
    this.#crashBelow(this.#root, isPowerLost)
  }

  #crashBelow(directory: SimulatedDirectory, isPowerLost: boolean): void {
    if (isPowerLost) directory.seen = new Map(directory.safe)
    for (const node of directory.seen.values()) {
      if (node.kind === "directory") this.#crashBelow(node, isPowerLost)
      else node.crash(isPowerLost, this.#chance)
    }
  }

  #change(change: NameChange): void {
    this.#changes.push(change)
    applyTo("seen", change)
  }

  #placeOf(path: string): Place | number {
    const absolute = posix.resolve("/", path)
    const name = posix.basename(absolute)
    if (name === "") return -errno.EBUSY
    const directory = this.findDirectory(posix.dirname(absolute))
    return typeof directory === "number" ? directory : { directory, name }
  }
}

function applyTo(names: "seen" | "safe", { node, from, to }: NameChange): void {
  if (from && from.directory[names].get(from.name) === node) from.directory[names].delete(from.name)
  to?.directory[names].set(to.name, node)
}

function refuseReplacing(node: DiskNode, replaced: DiskNode): number {
  if (replaced.kind === "file") return node.kind === "file" ? 0 : -errno.ENOTDIR
  if (node.kind === "file") return -errno.EISDIR
  return replaced.seen.size > 0 ? -errno.ENOTEMPTY : 0
}

function isBelow(path: string, ancestor: string): boolean {
  return `${posix.resolve("/", path)}/`.startsWith(`${posix.resolve("/", ancestor)}/`)
}

function namesOf(path: string): string[] {
  return posix
    .resolve("/", path)
    .split("/")
    .filter((name) => name !== "")
}
